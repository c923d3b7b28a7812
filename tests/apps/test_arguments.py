"""How the words of a command are read."""

import argparse
import importlib
import os
from pathlib import Path

import pytest
from clips import write_clip
from exit_status import status_of

from crispen.apps.cli import COMMANDS, main
from crispen.apps.shared.arguments import Parser, names, number


def parser_of(name: str) -> Parser:
    parser = Parser()
    importlib.import_module(f"crispen.apps.{name}").add_arguments(parser)
    return parser


def verbs_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers that take words: itself, or one for each verb."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {"": parser}


TAKING = [
    (name, verb, action.dest)
    for name in COMMANDS
    for verb, parser in verbs_of(parser_of(name)).items()
    for action in parser._actions
    if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
]


def words_of(name: str, verb: str) -> list[str]:
    """The required arguments of the command, in the order of its usage."""
    words = [verb] if verb else []
    for action in verbs_of(parser_of(name))[verb]._actions:
        value = str(action.choices[0]) if action.choices else "a=b"
        if not action.option_strings:
            words += [value]
        elif action.required:
            words += [action.option_strings[0], value]
    return words


@pytest.mark.parametrize(("name", "verb", "dest"), TAKING)
def test_a_name_may_not_be_empty(name, verb, dest, capsys):
    words = words_of(name, verb)
    places = [action.dest for action in verbs_of(parser_of(name))[verb]._actions if not action.option_strings]
    given = [place for place, word in enumerate(words) if word == "a=b" and not words[place - 1].startswith("-")]
    words[given[places.index(dest)]] = ""
    with pytest.raises(SystemExit) as ended:
        main([name, *words])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "is empty; name something" in said
    assert (
        said.startswith("crispen: ")
        and said.count("\n") == 1
        and said.endswith(f"see crispen {' '.join([name, verb]).strip()} --help\n")
    )


@pytest.mark.parametrize("words", [["live", "a.mp4", "--size", ""], ["sharpen", "a.mp4", "--codec", ""]])
def test_an_option_may_not_be_empty_either(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and "is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "inputs"),
    [
        (["a", "--scale", "2", "b"], ("a", "b")),
        (["--scale", "2", "a", "b"], ("a", "b")),
        (["a", "b", "--scale", "2"], ("a", "b")),
        (["a", "--scale", "2"], ("a", None)),
        (["-", "--scale", "2", "-"], ("-", "-")),
        (["--scale", "2", "--", "-a", "-b"], ("-a", "-b")),
        (["--scale=2", "--", "-a"], ("-a", None)),
        (["a", "--scale", "2", "./-b"], ("a", "./-b")),
    ],
)
def test_options_stand_anywhere(words, inputs):
    args = parser_of("sharpen").parse_args(words)
    assert (args.input, args.output, args.scale) == (*inputs, 2.0)


def test_several_names_around_an_option():
    args = parser_of("live").parse_args(["0", "a.mp4", "--strength", "0.5", "b.y4m", "-"])
    assert (args.source, args.targets, args.strength) == ("0", ["a.mp4", "b.y4m", "-"], 0.5)
    verbs = verbs_of(parser_of("data"))
    args = verbs["build"].parse_args(["one", "--clips", "3", "two", "pairs"])
    assert (args.source, args.target, args.clips) == ([Path("one"), Path("two")], Path("pairs"), 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "--nonsense", "b"], "--nonsense"),
        (["a", "b", "c"], "c"),
        (["a", "b", "--", "-c"], "-c"),
        (["a", "b", "\x1b[2J\n"], "\\x1b[2J\\n"),
    ],
)
def test_unrecognized_arguments_are_named(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["sharpen", *words])
    assert ended.value.code == 2 and f"unrecognized arguments: {said}" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="names that only POSIX has")
@pytest.mark.parametrize("name", ["-dash.mp4", "new\nline.mp4", "b\udcffd.mp4", " space .mp4", "%d.mp4", "a:b?c#d.mp4"])
def test_unusual_file_names_work(name, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "a.mp4", frames=2).rename(tmp_path / name)
    assert main(["sharpen", "--strength", "0", "--scale", "2", "--", name]) == 0
    made = f"{name[:-4]}.crisp.mp4"
    assert sorted(os.listdir(tmp_path)) == sorted([name, made])
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "2 frames" in said
    assert main(["sharpen", "--strength", "0", "--", name, f"copy{name}"]) == 0
    assert Path(f"copy{name}").read_bytes() == Path(name).read_bytes()


def test_a_usage_error_is_one_line_with_a_pointer_to_the_help(capsys):
    for words, said in (
        (["sharpen"], "the following arguments are required: IN; see crispen sharpen --help"),
        (["sharpen", "a", "--scale", "9"], "--scale: 9 is out of range (1 to 8); see crispen sharpen --help"),
        (["sharpen", "a", "--scale", "x"], "--scale: 'x' is not a number; see crispen sharpen --help"),
        (["sharpen", "a", "--threads", "1.5"], "--threads: '1.5' is not a whole number; see crispen sharpen --help"),
        (["sharpen", "a", "b", "c"], "unrecognized arguments: c; see crispen sharpen --help"),
        (["bench", "--size", "1080p"], "--size: '1080p' is not a size like 1920x1080"),
        (["bench", "--seconds", "0"], "--seconds: 0 is out of range (greater than 0, at most 3600)"),
        (
            ["study", "score", "a", "b", "--attention", "2"],
            "--attention: 2 is out of range (0 to 1); see crispen study",
        ),
        (["--nonsense"], "the following arguments are required: COMMAND; see crispen --help"),
    ):
        assert status_of(words) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"crispen: {said}") and error.count("\n") == 1 and "usage:" not in error


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400"])
def test_numbers_are_finite(text):
    with pytest.raises(argparse.ArgumentTypeError):
        number()(text)


def test_names_count_once():
    assert names()(" a, b,a,") == ["a", "b"] and names()("") == []
    with pytest.raises(argparse.ArgumentTypeError, match="at least one"):
        names(1)(",")
