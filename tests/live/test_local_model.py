"""The library that runs the local model, where the extra is installed."""

from pathlib import Path

import pytest

from agent.json_loop import CompletionError
from agent.local_model import LocalCompleter

pytestmark = pytest.mark.live


@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_a_file_that_is_no_model_is_told_and_no_crash(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    weights = tmp_path / "broken.gguf"
    weights.write_bytes(b"GGUF" + bytes(4096))
    with pytest.raises(CompletionError, match=r"broken\.gguf cannot be loaded"):
        LocalCompleter(weights).complete([{"role": "user", "content": "hello"}], {"type": "object"}, 20.0)
