"""The words that stories are made of: names, things, containers, places, trades, units.

None of them is read as a quantity by `app.numerals` ("quarter", "pair", "dozen" are missing for that reason): the
numbers of a text are those that its writer put there. A table is one string of words, separated by commas.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing that is counted: `one` apple, `many` apples."""

    one: str
    many: str

    def count(self, number: object) -> str:
        """The form that stands behind `number`."""
        return self.one if number == 1 else self.many


@dataclass(frozen=True, slots=True)
class Pronouns:
    """she, her (cake), (to) her; `plural` says that the verb is that of they."""

    subject: str
    possessive: str
    object: str
    plural: bool = False


SHE = Pronouns("she", "her", "her")
HE = Pronouns("he", "his", "him")
THEY = Pronouns("they", "their", "them", plural=True)
I = Pronouns("I", "my", "me", plural=True)  # noqa: E741 - its own name
YOU = Pronouns("you", "your", "you", plural=True)
WE = Pronouns("we", "our", "us", plural=True)

Role = Literal["she", "he", "they"]

_IRREGULAR = {
    "child": "children", "man": "men", "woman": "women", "person": "people", "foot": "feet", "tooth": "teeth",
    "goose": "geese", "mouse": "mice", "ox": "oxen", "fish": "fish", "sheep": "sheep", "deer": "deer",
    "loaf": "loaves", "leaf": "leaves", "shelf": "shelves", "knife": "knives", "wolf": "wolves", "calf": "calves",
    "scarf": "scarves", "potato": "potatoes", "tomato": "tomatoes", "mango": "mangoes", "hero": "heroes",
    "goldfish": "goldfish", "moose": "moose", "salmon": "salmon", "trout": "trout", "shrimp": "shrimp",
    "cactus": "cacti", "series": "series", "aircraft": "aircraft", "thief": "thieves", "half": "halves",
    "postman": "postmen", "fisherman": "fishermen", "policeman": "policemen", "fireman": "firemen",
    "snowman": "snowmen", "passerby": "passersby", "tuna": "tuna", "squid": "squid", "bison": "bison",
    "bookshelf": "bookshelves", "saleswoman": "saleswomen", "quiz": "quizzes", "echo": "echoes",
}  # fmt: skip


def plural(word: str) -> str:
    """The plural of a noun; of more than one word the last changes: "teddy bears", and "bars of soap" before "of"."""
    head, of, rest = word.partition(" of ")
    first, _, last = head.rpartition(" ")
    if last in _IRREGULAR:
        many = _IRREGULAR[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        many = last + "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = last[:-1] + "ies"
    else:
        many = last + "s"
    return f"{first} {many}{of}{rest}".strip()


def noun(word: str) -> Noun:
    return Noun(word, plural(word))


def _nouns(words: str) -> tuple[Noun, ...]:
    return tuple(noun(word) for word in table(words))


def table(words: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(dict.fromkeys(" ".join(word.split()) for word in words.split(",") if word.strip()))


# First names, of many places


WOMEN = table("""
    Abigail, Ada, Adaeze, Aditi, Agnes, Aiko, Aisha, Alejandra, Alice, Alicia, Alina, Allison, Amara, Amelia, Amina,
    Amy, Ana, Anahera, Anastasia, Andrea, Angela, Anika, Anita, Anna, Annika, Anouk, Antonella, Anya, Ariadne, Asha,
    Astrid, Audrey, Ayesha, Ayumi, Barbara, Beatriz, Bella, Berit, Beth, Bianca, Birgit, Brenda, Bridget, Brooke,
    Camila, Carla, Carmen, Caroline, Cassidy, Catalina, Cecilia, Celeste, Chantal, Charlotte, Chiara, Chidinma, Chloe,
    Christina, Claire, Clara, Claudia, Connie, Dalia, Dana, Danielle, Daphne, Deborah, Delphine, Denise, Diana, Dina,
    Dolores, Dorothy, Ebony, Edith, Eileen, Elena, Eleni, Elif, Elise, Elizabeth, Ella, Ellen, Eloise, Elsa, Emily,
    Emma, Erika, Esperanza, Esther, Eun, Eva, Evelyn, Farah, Fatima, Felicia, Fiona, Flora, Frances, Francesca, Freya,
    Gabriela, Gemma, Gina, Giulia, Gloria, Gudrun, Gwen, Habiba, Hadiza, Hana, Hannah, Haruka, Hazel, Heather, Heidi,
    Helen, Hilda, Imani, Ines, Ingrid, Irene, Iris, Irina, Isabel, Isla, Ivana, Jackie, Jada, Jamila, Jane, Janet,
    Jasmine, Jennifer, Jessica, Jill, Joana, Joy, Joyce, Juanita, Judith, Julia, Julie, June, Kaori, Karen, Karin,
    Kateryna, Katherine, Kavya, Keiko, Kelly, Khadija, Kim, Kimiko, Kirsten, Kiara, Lara, Latoya, Laura, Lauren, Leah,
    Leila, Lena, Leticia, Lila, Lily, Lina, Linda, Lisa, Liv, Lorena, Lucia, Lucy, Luz, Lydia, Madison, Mai, Maite,
    Malika, Margaret, Maria, Mariam, Marisol, Marta, Martha, Mary, Maya, Megan, Mei, Melissa, Mia, Michelle, Mina,
    Miranda, Miriam, Molly, Monica, Nadia, Nala, Nancy, Naomi, Natalie, Ngozi, Nia, Nicole, Nina, Noor, Nora, Olga,
    Olivia, Paloma, Pamela, Paola, Patricia, Paula, Penelope, Petra, Phoebe, Pilar, Piper, Pooja, Priya, Rachel, Rania,
    Rebecca, Renata, Rhea, Rita, Rosa, Rosie, Roxana, Ruby, Ruth, Sabrina, Sadie, Sakura, Salma, Samantha, Sandra,
    Sara, Sasha, Selma, Shanice, Sheila, Shirin, Shreya, Sienna, Signe, Simone, Sofia, Sonia, Stella, Stephanie, Sue,
    Susan, Suki, Sunita, Svetlana, Sylvia, Tamara, Tanya, Tara, Tatiana, Teresa, Thandi, Tiffany, Tina, Tomoko, Ursula,
    Valentina, Valerie, Vanessa, Vera, Veronica, Violeta, Wanda, Wangari, Wendy, Ximena, Yara, Yasmin, Yoko, Yuki,
    Yvonne, Zahra, Zainab, Zara, Zoe, Zofia""")
MEN = table("""
    Aaron, Abdul, Abel, Adam, Adrian, Ahmed, Akira, Alan, Albert, Alejandro, Alex, Alfonso, Ali, Amir, Anders, Andre,
    Andrew, Angus, Anil, Anton, Antonio, Arjun, Arturo, Asher, Axel, Ayo, Babak, Bao, Barry, Bart, Benjamin, Bernard,
    Bilal, Bjorn, Bob, Boris, Brandon, Brian, Bruno, Caleb, Callum, Cameron, Carlos, Cedric, Chen, Chidi, Christopher,
    Cody, Colin, Connor, Cyrus, Damian, Dan, Daniel, Darius, David, Dennis, Derek, Deshawn, Dev, Diego, Dimitri, Diyar,
    Dmitri, Dominic, Donald, Dylan, Eamon, Edgar, Eduardo, Edward, Eitan, Eli, Elias, Emeka, Emil, Emilio, Enrique,
    Eric, Erik, Ernesto, Ethan, Eugene, Evan, Fabio, Farid, Felix, Fernando, Finn, Francis, Francisco, Franz, Fred,
    Gabriel, Gareth, Gary, George, Gerald, Giorgio, Gordon, Graham, Greg, Guillermo, Gustav, Hakim, Hamza, Hank, Hans,
    Harold, Haruto, Hasan, Hector, Henrik, Henry, Hiroshi, Hugo, Hussein, Ian, Ibrahim, Idris, Igor, Ikaika, Ismail,
    Ivan, Jack, Jackson, Jacob, Jaime, Jake, Jamal, James, Jan, Jason, Javier, Jeff, Jerome, Jesse, Jim, Joaquin, Joe,
    Joel, John, Jonas, Jorge, Jose, Joseph, Joshua, Juan, Julian, Julio, Kai, Kamal, Karim, Karl, Keith, Ken, Kenji,
    Kevin, Khalid, Kofi, Kurt, Kwame, Kyle, Lamar, Lars, Leo, Leon, Leroy, Levi, Liam, Lionel, Logan, Lorenzo, Louis,
    Luca, Lucas, Luis, Luke, Mahmoud, Malik, Manuel, Marco, Marcus, Mario, Martin, Mateo, Matthew, Max, Mehmet, Miguel,
    Mike, Milan, Mohammed, Moses, Nathan, Neil, Nelson, Niall, Nicholas, Niko, Noah, Oleg, Oliver, Omar, Oscar, Otto,
    Owen, Pablo, Pascal, Patrick, Paul, Pavel, Pedro, Peter, Philip, Pierre, Rafael, Rahul, Raj, Ralph, Ramon, Randy,
    Rashid, Raul, Ravi, Raymond, Rene, Ricardo, Richard, Robert, Rodrigo, Roger, Rohan, Roman, Ronald, Rory, Roy,
    Ruben, Rudy, Russell, Ryan, Sam, Samir, Sanjay, Santiago, Scott, Sean, Sebastian, Sergei, Seth, Shane, Simon,
    Stanley, Stefan, Steven, Sven, Tadashi, Takumi, Tariq, Ted, Tendai, Terry, Theo, Thomas, Tim, Toby, Tom, Tomas,
    Tony, Travis, Trevor, Tyler, Tyrone, Umar, Victor, Vijay, Vikram, Vincent, Viktor, Walter, Warren, Wayne, Wei,
    William, Wyatt, Xavier, Yann, Yosef, Yuri, Yusuf, Zachary, Zayd""")
SURNAMES = table("""
    Adams, Ahmed, Almeida, Anderson, Baker, Bauer, Bennett, Brown, Campbell, Carter, Castillo, Chen, Cohen, Collins,
    Cruz, Davis, Diaz, Dubois, Edwards, Evans, Fischer, Flores, Foster, Garcia, Gupta, Hall, Hansen, Harris, Hassan,
    Hernandez, Hill, Hughes, Ibrahim, Ivanov, Jackson, Jensen, Johnson, Jones, Kaur, Kelly, Khan, Kim, Klein, Kowalski,
    Kumar, Larsen, Lee, Lewis, Lopez, Martin, Mendoza, Meyer, Miller, Mitchell, Moore, Morris, Murphy, Nakamura,
    Nelson, Nguyen, Novak, Okafor, Olsen, Ortiz, Osei, Owens, Park, Parker, Patel, Pereira, Perez, Peters, Petrov,
    Phillips, Popov, Quinn, Ramirez, Reed, Reyes, Rivera, Roberts, Robinson, Rossi, Russo, Sanchez, Santos, Sato,
    Schmidt, Scott, Shah, Silva, Singh, Smith, Stewart, Suzuki, Tanaka, Taylor, Thomas, Tran, Turner, Vargas, Wagner,
    Walker, Watson, White, Williams, Wilson, Wong, Wright, Yamada, Yilmaz, Young""")

# Things, by what can be done with them. In a group, any two may stand side by side as kinds of its `whole`.


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one sort: roses and tulips are `whole` flowers."""

    whole: Noun
    things: tuple[Noun, ...]


def _group(whole: str, things: str) -> Group:
    return Group(noun(whole), _nouns(things))


FRUIT = Group(
    Noun("piece of fruit", "pieces of fruit"),
    _nouns("""apple, pear, banana, orange, lemon, lime, peach, plum, apricot, mango, kiwi, fig, nectarine, grapefruit,
    pineapple, coconut, melon, watermelon, papaya, pomegranate, tangerine, guava, avocado, persimmon, quince"""),
)
BERRIES = _group("berry", "strawberry, blueberry, raspberry, cherry, blackberry, cranberry, gooseberry, grape")
VEGETABLES = _group(
    "vegetable",
    """carrot, potato, tomato, onion, cucumber, pepper, pumpkin, cabbage, turnip, radish, beet, leek, zucchini,
    eggplant, cauliflower, squash, yam, artichoke, sweet potato, green bean""",
)
BAKED = _group(
    "treat",
    """cookie, cupcake, muffin, brownie, pie, cake, doughnut, croissant, bagel, scone, pretzel, waffle, pancake, tart,
    cinnamon roll, biscuit, bread roll, macaroon, eclair""",
)
SWEETS = _group(
    "sweet",
    """lollipop, chocolate bar, gumdrop, jelly bean, candy cane, caramel, mint, toffee, marshmallow, gummy bear,
    piece of candy, truffle, peanut, walnut, almond, cracker, popsicle""",
)
MEALS = _group(
    "meal",
    """hamburger, hot dog, sandwich, taco, burrito, salad, pizza, wrap, kebab, omelette, dumpling, samosa, quesadilla,
    meat pie, fish cake""",
)
TOYS = _group(
    "toy",
    """marble, doll, teddy bear, toy car, yo-yo, kite, puzzle, balloon, puppet, robot, top, action figure, water gun,
    jump rope, ball, frisbee, toy train, drum, whistle, slingshot, block, board game, video game, stuffed animal""",
)
COLLECTION = _group(
    "collectible",
    """stamp, coin, baseball card, seashell, sticker, postcard, comic book, bottle cap, badge, pebble, fossil, feather,
    poster, trading card, bead, button, magnet, medal, crystal, pin, key ring, model plane, photo, autograph""",
)
STATIONERY = _group(
    "school supply",
    """pencil, pen, crayon, notebook, eraser, marker, ruler, folder, paper clip, highlighter, envelope, glue stick,
    index card, binder, sharpener, sketchbook, paintbrush, sheet of paper, rubber band, thumbtack""",
)
READING = _group(
    "publication", "book, magazine, newspaper, novel, comic, atlas, dictionary, cookbook, diary, brochure, poem, letter"
)
FLOWERS = _group(
    "flower",
    """rose, tulip, daisy, lily, sunflower, daffodil, orchid, violet, poppy, carnation, iris, marigold, petunia, peony,
    lavender sprig, hyacinth""",
)
TREES = _group(
    "tree",
    """oak tree, maple tree, pine tree, apple tree, walnut tree, birch, willow, cedar, palm tree, cherry tree,
    olive tree, lemon tree, elm, spruce""",
)
PETS = _group(
    "pet", "dog, cat, puppy, kitten, rabbit, hamster, parrot, turtle, goldfish, guinea pig, canary, lizard, gerbil"
)
FARM = _group(
    "farm animal", "cow, pig, sheep, goat, horse, chicken, duck, goose, donkey, turkey, lamb, llama, pony, rooster"
)
WILD = _group(
    "animal",
    """monkey, elephant, lion, tiger, giraffe, zebra, penguin, bear, seal, deer, fox, wolf, squirrel, owl, kangaroo,
    crocodile, flamingo, otter, raccoon, camel""",
)
BIRDS = _group("bird", "sparrow, robin, pigeon, crow, seagull, swan, finch, blue jay, cardinal, swallow, pelican, hawk")
BUGS = _group(
    "bug", "ant, beetle, butterfly, ladybug, spider, bee, grasshopper, caterpillar, snail, worm, cricket, moth"
)
SEA = _group("sea creature", "crab, starfish, dolphin, lobster, jellyfish, seahorse, octopus, oyster, clam, shark")
CLOTHES = _group(
    "piece of clothing",
    """shirt, sweater, sock, hat, scarf, jacket, dress, skirt, coat, T-shirt, belt, tie, glove, blouse, cap, vest,
    hoodie, mitten, apron""",
)
JEWELRY = _group("piece of jewelry", "ring, necklace, bracelet, brooch, earring, pendant, locket, anklet")
KITCHEN = _group(
    "dish", "plate, bowl, cup, glass, fork, spoon, knife, mug, saucer, pot, pan, napkin, teapot, tray, pitcher, jug"
)
FURNITURE = _group(
    "piece of furniture",
    "chair, table, desk, bench, lamp, bookshelf, sofa, bed, stool, dresser, cabinet, wardrobe, rug",
)
TOOLS = _group(
    "tool", "hammer, screwdriver, wrench, shovel, rake, saw, drill, ladder, bucket, paint roller, hose, chisel, broom"
)
PARTS = _group(
    "part",
    "nail, screw, bolt, brick, tile, board, plank, pipe, light bulb, battery, wire, hinge, hook, stone, pole, log",
)
SPORT = _group(
    "ball", "tennis ball, golf ball, basketball, football, baseball, soccer ball, volleyball, ping-pong ball, softball"
)
MUSIC = _group(
    "instrument", "guitar, violin, trumpet, flute, drum, piano, harp, clarinet, ukulele, cello, banjo, trombone"
)
ELECTRONICS = _group(
    "device",
    "phone, laptop, tablet, camera, radio, television, printer, speaker, headphone, keyboard, calculator, clock",
)
VEHICLES = _group(
    "vehicle",
    "car, truck, bus, van, bicycle, motorcycle, taxi, scooter, boat, train, tractor, ambulance, wagon, tricycle",
)
CRAFTS = _group(
    "craft",
    "candle, quilt, pillow, bar of soap, vase, basket, blanket, ornament, greeting card, wreath, lantern, paper crane",
)
GROCERIES = _group(
    "item",
    """egg, can of soup, bottle of water, loaf of bread, juice box, carton of milk, bag of rice, jar of jam,
    can of beans, bag of chips, bottle of juice, box of cereal, bar of butter, can of tuna, jar of honey,
    bag of flour""",
)
PAPERS = _group(
    "document",
    "ticket, worksheet, test, report, form, flyer, invitation, essay, coupon, bill, map, certificate, receipt",
)
PICTURES = _group(
    "picture", "painting, drawing, photograph, sketch, portrait, sculpture, cartoon, print, mural, collage"
)

EDIBLE = (FRUIT, BERRIES, VEGETABLES, BAKED, SWEETS, MEALS)
GARDEN = (FRUIT, BERRIES, VEGETABLES, FLOWERS)
ANIMALS = (PETS, FARM, WILD, BIRDS, BUGS, SEA)
SMALL = (COLLECTION, TOYS, STATIONERY, SWEETS, FRUIT, BAKED)
"""Things that a child has many of."""
MADE = (BAKED, CRAFTS, JEWELRY, PICTURES, MEALS)
GOODS = (
    FRUIT, VEGETABLES, BAKED, SWEETS, MEALS, TOYS, COLLECTION, STATIONERY, READING, FLOWERS, CLOTHES, JEWELRY, KITCHEN,
    FURNITURE, TOOLS, PARTS, SPORT, MUSIC, ELECTRONICS, CRAFTS, GROCERIES, PICTURES,
)  # fmt: skip
"""Things that are sold."""
GROUPS = (*GOODS, BERRIES, TREES, PETS, FARM, WILD, BIRDS, BUGS, SEA, VEHICLES, PAPERS)
THINGS = tuple(dict.fromkeys(thing for group in GROUPS for thing in group.things))

PEOPLE = _nouns("""
    student, child, boy, girl, teacher, player, guest, visitor, passenger, tourist, customer, worker, fan, dancer,
    singer, swimmer, runner, camper, scout, volunteer, nurse, actor, musician, parent, adult, neighbor, farmer,
    cyclist, hiker, sailor, soldier, pupil, kid, man, woman, athlete, skater, shopper, resident, employee""")
"""People who are counted. No friends, brothers or cousins: beside a number they are a unit of `app.numerals`."""

COLORS = table("red, blue, green, yellow, purple, orange, white, black, pink, brown, gray, silver, golden, turquoise")
BOOK_KINDS = table(
    "adventure, mystery, history, science, cooking, picture, fantasy, travel, poetry, sports, art, comic"
)
FLAVORS = table("chocolate, vanilla, lemon, strawberry, cinnamon, banana, almond, coconut, blueberry, peanut butter")
SCHOOL_SUBJECTS = table("math, reading, science, history, spelling, geography, biology, Spanish, grammar, chemistry")

CONTAINERS = _nouns("""
    box, bag, basket, jar, crate, bin, carton, case, sack, drawer, bucket, packet, tray, tin, bowl, chest, pouch,
    barrel, cabinet, suitcase, tub, backpack, cooler, trunk, envelope""")
PACKS = _nouns("box, bag, pack, carton, packet, case, bundle, crate, set, tray, package, sack, basket, jar, roll")
"""What things are bought in."""
HOLDERS = _nouns(
    "shelf, table, rack, counter, bench, wall, page, board, tray, wagon, cart, stand, windowsill, branch, mat"
)
"""On what things stand in equal numbers; in `HEAPS` they do too."""
HEAPS = _nouns("row, stack, pile, tank, cage, column, drawer, heap, line, bunch, corner, room, closet, group, set")
TEAMS = _nouns("team, group, class, table, row, bus, van, boat, tent, cabin, car, squad, band, club, line, wagon")
"""Where people are in equal numbers."""
PLACES = table("""
    the park, the beach, the market, the store, the mall, the fair, the zoo, the museum, the library, the playground,
    the farm, the orchard, the garden, the lake, the forest, the pool, the stadium, the theater, the station, the
    harbor, the school, the gym, the bakery, the cafeteria, the carnival, the aquarium, the castle, the village, the
    yard, the meadow, the river, the campsite, the toy store, the flea market, the bookstore, the arcade, the circus""")
SHOPS = table("""
    bakery, toy store, grocery store, bookstore, pet shop, flower shop, hardware store, gift shop, candy store, market
    stall, cafe, restaurant, pizzeria, clothing store, shoe store, stationery shop, music store, garden center, farm
    stand, supermarket, deli, corner shop, thrift store, furniture store, museum shop, food truck""")
STORES = table("store, shop, supermarket, market, warehouse, department store, thrift store, gift shop")
"""Shops that may sell anything."""
TRADES = _nouns("""
    teacher, baker, farmer, florist, chef, carpenter, tailor, painter, librarian, gardener, waiter, plumber, coach,
    nurse, mechanic, potter, builder, driver, fisherman, shepherd, musician, artist, clerk, pilot, grocer, cook,
    jeweler, photographer, beekeeper, vet, scientist, shopkeeper, postman, janitor, firefighter, electrician,
    barber, writer""")
RELATIVES: tuple[tuple[str, Role], ...] = (
    ("mother", "she"), ("father", "he"), ("sister", "she"), ("brother", "he"), ("aunt", "she"), ("uncle", "he"),
    ("grandmother", "she"), ("grandfather", "he"), ("mom", "she"), ("dad", "he"), ("grandma", "she"),
    ("grandpa", "he"), ("niece", "she"), ("nephew", "he"), ("daughter", "she"), ("son", "he"),
)  # fmt: skip
DAYS = table("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MONTHS = table("January, February, April, June, July, August, September, October, November, December")

# Verbs


def third(base: str) -> str:
    """give: gives, try: tries, do: does, have: has."""
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else base + "s"


# Units


LENGTHS = _nouns("inch, foot, yard, meter, centimeter, mile, kilometer")
WEIGHTS = _nouns("pound, ounce, gram, kilogram")
VOLUMES = _nouns("cup, gallon, liter, pint, quart, tablespoon, teaspoon, bottle, bucket")
SUBSTANCES = table("""
    flour, sugar, water, milk, rice, sand, salt, paint, honey, oil, juice, lemonade, soup, gravel, soil, wheat, corn,
    butter, cheese, chocolate, vinegar, tea, coffee, cocoa, syrup, cream, yogurt, cement""")
INGREDIENTS = table("""
    flour, sugar, water, milk, rice, salt, honey, oil, juice, butter, cheese, chocolate, cocoa, cream, yogurt, corn,
    syrup, vinegar, broth""")
STUFF = table("ribbon, rope, fabric, wire, string, yarn, cable, tape, hose, lace, wool, thread, chain, carpet")
"""What is sold by length."""
