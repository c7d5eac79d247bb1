"""A tiny language model of random weights as a GGUF file, made on the spot: PYTHON benchmarks/tiny_gguf.py FILE

Runs in an environment of its own that has gguf and numpy, not in Concord's, and downloads nothing. Every byte is a
token and so is every sign of JSON, so any text has tokens and a grammar can be kept. What it says means nothing.
"""

from __future__ import annotations

import sys

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 16384
TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "
SEED = 20261121
SIGNS = [chr(code) for code in range(33, 127)]


def main(path: str) -> None:
    """Write the model."""
    import gguf
    import numpy as np

    kinds, tokens = gguf.TokenType, ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *SIGNS]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, *[kinds.NORMAL] * (1 + len(SIGNS))]
    out = gguf.GGUFWriter(path, "llama")
    out.add_context_length(CONTEXT)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(INNER)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(tokens))
    out.add_tokenizer_model("llama")
    out.add_token_list(tokens)
    out.add_token_scores([0.0] * len(tokens))
    out.add_token_types(types)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_chat_template(TEMPLATE)
    drawn = np.random.default_rng(SEED)

    def weights(name: str, *shape: int) -> None:
        out.add_tensor(name, drawn.normal(0.0, 0.02, shape).astype(np.float32))

    weights("token_embd.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        for part in ("attn_norm", "ffn_norm"):
            out.add_tensor(f"blk.{layer}.{part}.weight", np.ones(WIDTH, dtype=np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        weights(f"blk.{layer}.ffn_gate.weight", INNER, WIDTH)
        weights(f"blk.{layer}.ffn_up.weight", INNER, WIDTH)
        weights(f"blk.{layer}.ffn_down.weight", WIDTH, INNER)
    out.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    weights("output.weight", len(tokens), WIDTH)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    print(f"{len(tokens)} tokens")


if __name__ == "__main__":
    main(sys.argv[1])
