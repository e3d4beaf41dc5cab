"""The tiny translator, made once."""

import pytest


@pytest.fixture(scope="session")
def translator_folder(tmp_path_factory):
    """Of a translator that answers the three problems of `tests.app.translator.tiny`. Nobody may change it."""
    pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")
    from tests.app.translator.tiny import make_translator

    return make_translator(tmp_path_factory.mktemp("translator") / "tiny")
