"""Clients of botocore and their way to moto, without what both do over and over. Answers stay the same.

- For each session botocore reads and parses the descriptions of services anew. Here all sessions share what was read.
- For each client botocore copies the tree of its hooks. Here a copy shares its branches, and a new hook changes copies.
- For each request moto writes the patterns of a service's addresses anew; those of S3 it imports anew. Here once.
- For each event on a bus moto makes parsers of the same paths anew. Here each path is parsed once.
- For each request moto tries the patterns of all services in turn. Here those that are used come first.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import boto3
import botocore.session
import jsonpath_ng.ext
from botocore.hooks import _PrefixTrie  # type: ignore[attr-defined]
from moto import backend_index
from moto.core.base_backend import BaseBackend

_USED = {"dynamodb", "events", "kms", "sns", "sqs", "stepfunctions"}
_append, _remove = _PrefixTrie.append_item, _PrefixTrie.remove_item
_urls: Any = BaseBackend.urls.fget  # type: ignore[attr-defined]
_of_service: dict[type[BaseBackend], Any] = {}


@cache
def client(service: str) -> Any:
    """One that all tests of a process share: to make one takes as long as a hundred calls in memory."""
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def _sharing(trie: _PrefixTrie) -> _PrefixTrie:
    shared = _PrefixTrie()
    shared._root = trie._root
    return shared


def _own_branch(trie: _PrefixTrie, key: str) -> None:
    node = trie._root = {**trie._root, "children": {**trie._root["children"]}}
    for part in key.split("."):
        child = node["children"].get(part)
        if child is None:
            return
        child = {**child, "children": {**child["children"]}, "values": copy.copy(child["values"])}
        node["children"][part] = child
        node = child


def _append_to_own(trie: _PrefixTrie, key: str, *hook: Any, **where: Any) -> None:
    _own_branch(trie, key)
    _append(trie, key, *hook, **where)


def _remove_from_own(trie: _PrefixTrie, key: str, hook: Any) -> None:
    _own_branch(trie, key)
    _remove(trie, key, hook)


def _urls_once(backend: BaseBackend) -> Any:
    kind = type(backend)
    if kind not in _of_service:
        _of_service[kind] = _urls(backend)
    return _of_service[kind]


def install() -> None:
    backend_index.backend_url_patterns.sort(key=lambda each: each[0] not in _USED)
    setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))  # noqa: B010 - a function, to mypy
    setattr(_PrefixTrie, "__copy__", _sharing)  # noqa: B010
    setattr(_PrefixTrie, "append_item", _append_to_own)  # noqa: B010
    setattr(_PrefixTrie, "remove_item", _remove_from_own)  # noqa: B010
    setattr(BaseBackend, "urls", property(_urls_once))  # noqa: B010
    paths: Any = jsonpath_ng.ext
    paths.parse = cache(paths.parse)
