"""Commands while the app runs: the app has the registry open, so it carries out what a command asks.

The app listens on a socket in the file system that only its owner can open, and looks who is at the other end. A
command that finds the registry in use sends its name and its options there, and prints what comes back: the same
function runs on the same registry, so the answer is the same. Files are named by their whole path; standard input and
what a command asks for go over the socket too.

Messages are lines of JSON. The command sends {"command", "options", "who"}; the app answers with any number of
{"out"}, {"err"}, {"ask"} (answered by {"answer"}), and at last {"exit"}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypedDict, cast

import click

from registry.cli.printing import OwnTerminal, out_unchanged, say, tell_error, terminal
from registry.errors import Busy, NadirError
from registry.store import disk

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

_LOG = logging.getLogger("nadir")
_LONGEST_NAME_BYTES = 100
"""A socket's name has room for about so many bytes."""
_WAITING = 8
_ANSWER_SECONDS = 600


class Request(TypedDict):
    """What a command asks: its name in words, its options as the function takes them, and as whom."""

    command: list[str]
    options: dict[str, Any]
    who: str | None


def socket_of(database: Path) -> Path:
    """Where the app that has `database` open listens: beside it, or in a folder of this user if its name is long."""
    beside = Path(f"{database.resolve()}.socket")
    if len(os.fsencode(beside)) <= _LONGEST_NAME_BYTES:
        return beside
    name = hashlib.sha256(os.fsencode(beside)).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f"nadir-{os.getuid()}" / name


# The command's side


def ask_app(database: Path, command: list[str], options: Mapping[str, Any], who: str | None) -> int | None:
    """Have the app that has `database` open carry out a command; its exit code, None if no app listens."""
    place = socket_of(database)
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(place))
        except OSError:
            return None
        if _user_at(line) != os.getuid():
            return None  # somebody else's program: nothing is told to it
        stream = cast("IO[bytes]", line.makefile("rwb"))
        _send(stream, {"command": command, "options": _written(options), "who": who})
        for message in _messages(stream):
            if "exit" in message:
                return int(message["exit"])
            if "ask" in message:
                _send(stream, {"answer": _answer(str(message["ask"]), str(message["prompt"]))})
            for name in ("out", "err"):
                if name in message:
                    out_unchanged(
                        base64.b64decode(message[name]), error=name == "err"
                    )  # the app made it visible
    raise Busy("The app ended before the command was done. Look with `nadir audit` whether it was stored.")


def _answer(kind: str, prompt: str) -> str:
    own = OwnTerminal()
    return own.password(prompt) if kind == "password" else own.line()


def _written(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON: each kind that JSON lacks says what it is."""
    return {name: _write(value) for name, value in options.items()}


def _write(value: Any) -> Any:
    if isinstance(value, Path):
        return {"path": str(value if str(value) == "-" else Path.cwd() / value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, BytesIO):
        return {"content": base64.b64encode(value.getvalue()).decode()}
    if isinstance(value, (tuple, list)):
        return [_write(part) for part in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(part) for part in value)
    if isinstance(value, dict):
        [(kind, text)] = value.items()
        read: dict[str, Callable[[str], Any]] = {
            "path": Path,
            "moment": datetime.fromisoformat,
            "day": date.fromisoformat,
            "content": lambda text: BytesIO(base64.b64decode(text)),
        }
        return read[kind](text)
    return value


# The app's side


class _Distant:
    """The terminal of somebody whose command the app carries out."""

    watched = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, content: str | bytes, *, newline: bool, error: bool) -> None:
        """Send it to the command, which prints it."""
        text = content.encode() if isinstance(content, str) else content
        text += b"\n" if newline else b""
        _send(self._stream, {"err" if error else "out": base64.b64encode(text).decode()})

    def password(self, prompt: str) -> str:
        """Have the command ask for it."""
        return self._ask("password", prompt)

    def line(self) -> str:
        """Have the command read it."""
        return self._ask("line", "")

    def _ask(self, kind: str, prompt: str) -> str:
        _send(self._stream, {"ask": kind, "prompt": prompt})
        return str(next(iter(_messages(self._stream)))["answer"])


@contextmanager
def listening(database: Path, registry: Callable[[], Database], commands: click.Group) -> Iterator[Path]:
    """Carry out what commands of this computer's same user ask, until the block ends. `registry` gives the open one.

    Where it cannot be opened nobody is listened to: whoever has it may be listening in the same place.
    """
    place = socket_of(database)
    try:
        registry()
    except NadirError:
        yield place
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.unlink(
        missing_ok=True
    )  # of an app that was killed: whoever has the registry's lock is the only one
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(place))
    finally:
        os.umask(before)
    listener.listen(_WAITING)
    threading.Thread(target=_serve, args=(listener, registry, commands), daemon=True).start()
    try:
        yield place
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        place.unlink(missing_ok=True)


def _serve(listener: socket.socket, registry: Callable[[], Database], commands: click.Group) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_carry_out, args=(line, registry, commands), daemon=True).start()


def _carry_out(line: socket.socket, registry: Callable[[], Database], commands: click.Group) -> None:
    """One command from its request to its exit code."""
    with line, suppress(OSError):
        if _user_at(line) != os.getuid():
            return
        line.settimeout(_ANSWER_SECONDS)
        stream = cast("IO[bytes]", line.makefile("rwb"))
        try:
            command, options, who = _understood(next(iter(_messages(stream))), commands)
        except (StopIteration, ValueError, KeyError, TypeError):
            return  # no request: no answer
        token = terminal.set(_Distant(stream))
        try:
            code = _run(command, options, registry, who)
        finally:
            terminal.reset(token)
        _send(stream, {"exit": code})


def _understood(
    request: Mapping[str, Any], commands: click.Group
) -> tuple[click.Command | None, dict[str, Any], str | None]:
    """The command that a request names (None: the app carries out none of that name), its options, and as whom."""
    command: click.Command | None = commands
    for name in request["command"]:
        group = command if isinstance(command, click.Group) else None
        command = None if group is None else group.get_command(click.Context(group), name)
    options = {name: _read(value) for name, value in request["options"].items()}
    if command is None or not hasattr(command.callback, "on_registry"):
        return None, options, None
    if options.keys() != {str(option.name) for option in command.params} - {"db", "who"}:
        raise KeyError(command.name)
    return command, options, None if request["who"] is None else str(request["who"])


class _Held:
    """The registry that the app has open, for a command."""

    running = True

    def __init__(self, database: Database, who: str | None) -> None:
        self.path, self._database, self._who = database.path, database, who

    @contextmanager
    def __call__(self, *, create: bool = False) -> Iterator[tuple[Database, Actor]]:  # noqa: ARG002
        yield self._database, self._database.actor(self._who)


def _run(
    command: click.Command | None,
    options: Mapping[str, Any],
    registry: Callable[[], Database],
    who: str | None,
) -> int:
    """Carry out a command on the terminal of whoever gave it; its exit code."""
    if command is None:
        say("The app does not carry out this command. Stop the app, and give it again.")
        return Busy.exit_code
    try:
        with click.Context(command, info_name=command.name):
            vars(command.callback)["on_registry"](**options, open_registry=_Held(registry(), who))
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except NadirError as error:
        tell_error(error)
        return error.exit_code
    except click.ClickException as error:
        say(error.format_message())
        return error.exit_code
    except OSError as error:
        told = disk.as_unavailable(error)
        if told is None:
            return _unexpected(error)
        tell_error(told)
        return told.exit_code
    except Exception as error:
        return _unexpected(error)
    return 0


def _unexpected(error: Exception) -> int:
    """Log what nobody thought of, and tell that it came."""
    _LOG.exception("A command that the app carried out ended with %s", type(error).__name__)
    say("The app could not carry this out; its log says why. Nothing of what was under way is stored.")
    return 1


# Both sides


def _send(stream: IO[bytes], message: Mapping[str, Any]) -> None:
    stream.writelines((json.dumps(message).encode(), b"\n"))
    stream.flush()


def _messages(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)


def _user_at(line: socket.socket) -> int | None:
    """The operating system's number of the user at the other end of a socket; None where it cannot be told."""
    if hasattr(socket, "SO_PEERCRED"):
        _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(user)
    credentials = line.getsockopt(0, 1, 76)  # LOCAL_PEERCRED of macOS: version, then the user
    return int(struct.unpack_from("I", credentials, 4)[0])
