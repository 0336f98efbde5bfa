"""What a purpose has in files of this home: plaintext that no key reaches and that is therefore deleted, and the keys themselves."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.checkpoint.store import path as store_of
from adapters.declaration import Adapter, CodeSink, FileSource, RoundSource, load_adapters
from adapters.ending import purpose_of
from audit.sunset.records import topics_of
from govbus.errors import SetupError
from govbus.settings import Home
from schemas import purposes

_BLOCK = 1 << 20


def plaintext(home: Home, purpose: str, exports: Iterable[Path]) -> list[tuple[Path, str]]:
    """(file, what it is) of all plaintext of the purpose: checkpoints' stores, laboratories' files, exports in the given folders.

    :raises SetupError: a drop folder is another purpose's too, or a folder holds no export
    """
    adapters = load_adapters()
    mine = {name: each for name, each in adapters.items() if purpose_of(each, adapters) == purpose}
    found = [
        (path, "store of a checkpoint") for name, each in mine.items() if isinstance(each.spec, CodeSink) for path in _store(home, name)
    ]
    for folder in dict.fromkeys(_drops(home, mine, adapters)):
        found += [(path, "file that was delivered") for path in sorted(folder.rglob("*")) if path.is_file()]
    for folder in exports:
        found += [(path, "export") for path in _exported(folder, set(topics_of(purpose)))]
    return found


def described(found: Iterable[tuple[Path, str]]) -> Iterator[dict[str, Any]]:
    """A row a file: where, what, bytes, SHA-256. A file that has gone meanwhile has no row."""
    for path, what in found:
        try:
            with path.open("rb") as file:
                yield {
                    "file": str(path),
                    "what": what,
                    "bytes": path.stat().st_size,
                    "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
                }
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _not_mine(path, error) from error


def destroy(path: Path) -> None:
    """Overwrite, then unlink, each on the disk before the next. A file that is gone already is no fault.

    What that is worth: on a disk that writes in place the old bytes are gone; a journal, a snapshot, a copy-on-write file system or an SSD
    may keep them, and a backup does. That is why values are encrypted, and why only a key of 64 characters has to be hunted down there.

    :raises SetupError: this account may not
    """
    try:
        with path.open("r+b") as file:
            left = file.seek(0, os.SEEK_END)
            file.seek(0)
            while left > 0:
                left -= file.write(secrets.token_bytes(min(left, _BLOCK)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)
        handle = os.open(path.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _not_mine(path, error) from error


def key_names(home: Home, purpose: str) -> list[str]:
    """Every file in the folder of the purpose's keys, whatever its name."""
    folder = purposes.key_folder(home.folder, purpose)
    return [f"{folder.name}/{path.name}" for path in sorted(folder.iterdir())] if folder.is_dir() else []


def destroy_keys(home: Home, purpose: str) -> None:
    """Destroy every key of the purpose in this home; the folder stays, empty, so that no set-up makes new ones."""
    for name in key_names(home, purpose):
        destroy(home.folder / "secrets" / name)


def _not_mine(path: Path, error: OSError) -> SetupError:
    return SetupError(f"{path} cannot be read and destroyed ({error.strerror}): let this account do that, then give the same order again")


def _store(home: Home, adapter: str) -> list[Path]:
    """The file, its log and its index: SQLite keeps what is new beside it."""
    file = store_of(home, adapter)
    return [path for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")) if path.exists()]


def _drops(home: Home, mine: Mapping[str, Adapter], every: Mapping[str, Adapter]) -> Iterator[Path]:
    for name, each in mine.items():
        folder = home.site.drops.get(each.meta.department)
        if folder is None or not isinstance(each.spec, RoundSource | FileSource):
            continue
        others = [other for other, one in every.items() if other not in mine and one.meta.department == each.meta.department]
        if shared := [other for other in others if isinstance(every[other].spec, RoundSource | FileSource)]:
            msg = f"{folder} is the drop folder of {name} and of {', '.join(shared)}, which has another purpose: part their files first"
            raise SetupError(msg)
        yield folder


def _exported(folder: Path, topics: set[str]) -> list[Path]:
    state = folder / "progress.json"
    try:
        told = json.loads(state.read_text(encoding="utf-8"))
        names = [each["file"] for each in told["files"] if each["topic"] in topics]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder} is no folder of 'govbus audit export' ({type(error).__name__}): give the one that its --out named"
        raise SetupError(msg) from error
    return [path for path in (folder / Path(name).name for name in names) if path.exists()]
