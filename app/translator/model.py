"""The network of the embedded translator: an encoder over a masked text, a decoder that writes tokens, a pointer.

Ids below `target_size` can be written; the others are words that are only read. A place-holder such as `n2` has one id
on both sides: what the decoder thinks of writing it is the sum of a learned score and of how well its state meets the
encoder's state where the place-holder stands in the text, so that a number is chosen by its surroundings. Words of
order are pointed at as well, and written without being in the text, too.

Loaded and generated with by transformers like any encoder-decoder. Source of the parts: bidirectional LSTM with
multiplicative attention (Luong et al. 2015), pointer scores (Vinyals et al. 2015), transformer layers (Vaswani et al.
2017, layer norm first).
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput


class TranslatorConfig(PretrainedConfig):
    """Sizes. `encoder_type` and `decoder_type` are `lstm` or `transformer`."""

    model_type = "quod-translator"

    def __init__(
        self,
        vocab_size: int = 64,
        target_size: int = 32,
        slot_start: int = 16,
        d_model: int = 256,
        encoder_type: str = "lstm",
        encoder_layers: int = 2,
        decoder_type: str = "lstm",
        decoder_layers: int = 2,
        heads: int = 4,
        dropout: float = 0.3,
        max_source: int = 512,
        max_target: int = 64,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("pad_token_id", 0)
        kwargs.setdefault("bos_token_id", 1)
        kwargs.setdefault("eos_token_id", 2)
        kwargs.setdefault("decoder_start_token_id", 1)
        kwargs.setdefault("is_encoder_decoder", True)
        kwargs.setdefault("tie_word_embeddings", False)
        self.vocab_size, self.target_size, self.slot_start = vocab_size, target_size, slot_start
        self.d_model = d_model
        self.encoder_type, self.encoder_layers = encoder_type, encoder_layers
        self.decoder_type, self.decoder_layers = decoder_type, decoder_layers
        self.heads, self.dropout = heads, dropout
        self.max_source, self.max_target = max_source, max_target
        super().__init__(**kwargs)


class _Encoder(nn.Module):
    main_input_name = "input_ids"  # asked for by transformers' `generate`

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        size = config.d_model
        self.embedding = nn.Embedding(config.vocab_size, size, padding_idx=config.pad_token_id)
        self.dropout = nn.Dropout(config.dropout)
        self.recurrent = config.encoder_type == "lstm"
        if self.recurrent:
            self.layers: Any = nn.LSTM(
                size,
                size // 2,
                config.encoder_layers,
                batch_first=True,
                bidirectional=True,
                dropout=config.dropout if config.encoder_layers > 1 else 0.0,
            )
        else:
            self.positions = nn.Embedding(config.max_source, size)
            layer = nn.TransformerEncoderLayer(
                size, config.heads, 4 * size, config.dropout, "gelu", batch_first=True, norm_first=True
            )
            self.layers = nn.TransformerEncoder(
                layer, config.encoder_layers, nn.LayerNorm(size), enable_nested_tensor=False
            )

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any) -> BaseModelOutput:
        """input_ids, attention_mask: (batch, source), int64; the states: (batch, source, d_model)."""
        mask = input_ids.new_ones(input_ids.shape) if attention_mask is None else attention_mask
        embedded = self.embedding(input_ids)
        if self.recurrent:
            lengths = mask.sum(dim=1).clamp(min=1).cpu()
            packed = nn.utils.rnn.pack_padded_sequence(
                self.dropout(embedded), lengths, batch_first=True, enforce_sorted=False
            )
            states, _last = nn.utils.rnn.pad_packed_sequence(
                self.layers(packed)[0], batch_first=True, total_length=input_ids.shape[1]
            )
        else:
            places = torch.arange(input_ids.shape[1], device=input_ids.device)
            states = self.layers(
                self.dropout(embedded * math.sqrt(embedded.shape[-1]) + self.positions(places)),
                src_key_padding_mask=mask == 0,
            )
        return BaseModelOutput(last_hidden_state=states)


class _Attention(nn.Module):
    """Multiplicative, one head: what of the text concerns each position of the decoder."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.query = nn.Linear(size, size, bias=False)
        self.join = nn.Linear(2 * size, size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """states: (batch, target, d), memory: (batch, source, d), mask: (batch, source); as states."""
        scores = self.query(states) @ memory.transpose(1, 2)  # (batch, target, source)
        scores = scores.masked_fill(mask[:, None, :] == 0, torch.finfo(scores.dtype).min)
        context = scores.softmax(dim=-1) @ memory
        return torch.tanh(self.join(self.dropout(torch.cat([states, context], dim=-1))))


class _Decoder(nn.Module):
    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        size = config.d_model
        self.embedding = nn.Embedding(config.target_size, size)
        self.dropout = nn.Dropout(config.dropout)
        self.recurrent = config.decoder_type == "lstm"
        if self.recurrent:
            self.layers = nn.ModuleList(nn.LSTM(size, size, batch_first=True) for _ in range(config.decoder_layers))
            self.attention = nn.ModuleList(_Attention(size, config.dropout) for _ in range(config.decoder_layers))
            self.start = nn.Linear(size, size)
        else:
            self.positions = nn.Embedding(config.max_target, size)
            layer = nn.TransformerDecoderLayer(
                size, config.heads, 4 * size, config.dropout, "gelu", batch_first=True, norm_first=True
            )
            self.stack = nn.TransformerDecoder(layer, config.decoder_layers, nn.LayerNorm(size))

    def forward(self, ids: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """ids: (batch, target), int64; (batch, target, d_model)."""
        states = self.embedding(ids)
        if not self.recurrent:
            places = torch.arange(ids.shape[1], device=ids.device)
            causal = torch.full((ids.shape[1], ids.shape[1]), float("-inf"), device=ids.device).triu(1)
            return self.stack(
                self.dropout(states + self.positions(places)),
                memory,
                tgt_mask=causal,
                memory_key_padding_mask=mask == 0,
                tgt_is_causal=True,
            )
        weight = mask.to(memory.dtype)[:, :, None]
        mean = (memory * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)  # (batch, d)
        first = torch.tanh(self.start(mean))[None]  # (1, batch, d)
        for index, (layer, attention) in enumerate(zip(self.layers, self.attention, strict=True)):
            out, _ = layer(self.dropout(states), (first, torch.zeros_like(first)))
            attended = attention(out, memory, mask)
            states = attended if index == 0 else states + attended
        return states


class TranslatorModel(PreTrainedModel, GenerationMixin):
    config_class = TranslatorConfig
    main_input_name = "input_ids"

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__(config)
        self.encoder = _Encoder(config)
        self.decoder = _Decoder(config)
        self.output = nn.Linear(config.d_model, config.target_size)
        self.point_from = nn.Linear(config.d_model, config.d_model, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=1 / math.sqrt(self.config.d_model))
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def get_encoder(self, *_: Any, **__: Any) -> nn.Module:
        return self.encoder

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        labels: Tensor | None = None,
        encoder_outputs: Any = None,
        source_ids: Tensor | None = None,
        label_smoothing: float = 0.0,
        **_: Any,
    ) -> Seq2SeqLMOutput:
        """input_ids, attention_mask: (batch, source); decoder_input_ids, labels: (batch, target), -100 counts not.

        `source_ids` are the input ids again where only `encoder_outputs` are given. logits: (batch, target,
        target_size).
        """
        source = input_ids if source_ids is None else source_ids
        assert source is not None
        mask = source.ne(self.config.pad_token_id).long() if attention_mask is None else attention_mask
        if encoder_outputs is None:
            encoder_outputs = self.encoder(source, mask)
        memory = encoder_outputs[0]
        if decoder_input_ids is None:
            assert labels is not None
            decoder_input_ids = labels.new_full(labels.shape, self.config.bos_token_id)
            decoder_input_ids[:, 1:] = labels[:, :-1].clamp(min=0)
        states = self.decoder(decoder_input_ids, memory, mask)
        logits = self.output(self.dropout(states)) + self._pointed(states, memory, source)
        loss = None
        if labels is not None:
            loss = _loss(logits.float(), labels, label_smoothing)
        return Seq2SeqLMOutput(loss=loss, logits=logits, encoder_last_hidden_state=memory)

    def _pointed(self, states: Tensor, memory: Tensor, source: Tensor) -> Tensor:
        """For each token that can be written its best score over the places where it stands in the text.

        Where it stands nowhere: 0, and -inf for a place-holder, which then cannot be written. (batch, target,
        target_size)
        """
        config = self.config
        scores = self.point_from(states) @ memory.transpose(1, 2) / math.sqrt(config.d_model)  # (batch, target, source)
        writable = (source > config.eos_token_id) & (source < config.target_size)
        scores = scores.masked_fill(~writable[:, None, :], float("-inf"))
        index = torch.where(writable, source, 0)[:, None, :].expand(-1, states.shape[1], -1)
        best = scores.new_full((*states.shape[:2], config.target_size), float("-inf"))
        best = best.scatter_reduce(2, index, scores, "amax", include_self=True)
        is_slot = torch.arange(config.target_size, device=best.device) >= config.slot_start
        return best.masked_fill(best.isneginf() & ~is_slot, 0)

    def prepare_inputs_for_generation(self, input_ids: Tensor, **kwargs: Any) -> dict[str, Any]:
        return {
            "decoder_input_ids": input_ids,
            "encoder_outputs": kwargs.get("encoder_outputs"),
            "attention_mask": kwargs.get("attention_mask"),
            "source_ids": kwargs.get("source_ids"),
        }


def _loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross entropy; what is smoothed away goes to the tokens that can be written at all."""
    log_probabilities = logits.log_softmax(dim=-1)  # (batch, target, target_size)
    counted = labels >= 0
    gold = log_probabilities.gather(-1, labels.clamp(min=0)[:, :, None])[:, :, 0]
    possible = logits > float("-inf")
    others = log_probabilities.masked_fill(~possible, 0).sum(dim=-1) / possible.sum(dim=-1)
    loss = -(1 - smoothing) * gold - smoothing * others
    return loss.masked_fill(~counted, 0).sum() / counted.sum()
