"""Two tiny language models with random weights, made on the spot: PYTHON benchmarks/tiny_model.py FOLDER [WORDS]

Runs in an environment of its own that has torch and transformers (docs/generation.md says what to install), not in
Concord's, and downloads nothing. Both models have the same random weights. FOLDER/talker may say anything;
FOLDER/labeller can say only the words of LABELS and then stop, so that some of its outputs are answers, some are two
answers in a row, and some are empty. What they say means nothing; the protocol and the tokens are real.

With WORDS, a JSON file of texts, there is a third one: FOLDER/judge says one of these texts at random, and stops.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LABELS = ("positive", "negative")
STOP, USER, ASSISTANT = "<stop>", "<user>", "<assistant>"
TEMPLATE = (
    "{% for message in messages %}<user>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
SEED = 20261121


def main(folder: Path, words: tuple[str, ...] = ()) -> None:
    """Write the models."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    # Every byte is a token, so any text in any language has tokens; labels are one token each.
    vocabulary = {sign: n for n, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in (*LABELS, *words)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=STOP, pad_token=STOP, additional_special_tokens=[USER, ASSISTANT]
    )
    fast.chat_template = TEMPLATE
    torch.manual_seed(SEED)
    stop = fast.convert_tokens_to_ids(STOP)
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=8192, bos_token_id=None, eos_token_id=stop, pad_token_id=stop,
        tie_word_embeddings=False,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    sayable = {*fast.convert_tokens_to_ids(list(LABELS)), stop}
    unsayable = [n for n in range(len(fast)) if n not in sayable]
    kinds = {"talker": {"eos_token_id": stop}, "labeller": {"eos_token_id": stop, "suppress_tokens": unsayable}}
    if words:
        said = fast.convert_tokens_to_ids(list(words))
        others = [n for n in range(len(fast)) if n not in said]
        kinds["judge"] = {"eos_token_id": [stop, *said], "suppress_tokens": others}
    for name, more in kinds.items():
        model.generation_config = GenerationConfig(
            do_sample=True, top_k=0, pad_token_id=stop, max_new_tokens=1024, **more
        )
        model.save_pretrained(folder / name)
        fast.save_pretrained(folder / name)
    print(f"{sum(one.numel() for one in model.parameters()):,} weights, {len(fast)} tokens")


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(json.loads(Path(sys.argv[2]).read_text())) if len(sys.argv) > 2 else ())
