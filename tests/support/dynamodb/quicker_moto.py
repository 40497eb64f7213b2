"""Tables and queues in memory, without what moto does over and over. Answers stay the same.

- For each write of a transaction moto copies the whole table, row by row, to put it back if the transaction is
  cancelled. Here the copy shares its partitions with the table. A write changes a copy of its partition, an update also
  a copy of its row.
- For each attribute of a row moto tries all types that there are, each under several names. Here an attribute is
  answered as it is stored.
- For each attribute of a request moto looks for all types that there are. Here it is read as it is sent.
- For each Query moto sorts the whole table. Here it looks at the partition.
- For each key of KMS moto makes a private key of RSA, also where there is none. Here all share one.
- For each comparison of keys moto asks for seven types in turn before it finds a text.
- For each attribute that is put into a row moto measures all that are there already. Here it measures the new one, and
  all of them only when the row may be too large.
- For each row that is read moto measures all of it. Here a row is measured once, until an update changes it.
- For each write moto keeps the rows before and after, for ever, for the readers of streams. Here streams have none.
- Moto keeps every row and every copy of a table that there ever was, in a list of all objects. Here only the files of
  S3 are in such a list, for a reset closes them.
- For each condition moto takes the text apart anew, three times in a transaction. Here each text is taken apart once.
- For each update moto takes the text apart three times, and asks for each part of it ten times which parts there are to
  look at. Here each text is taken apart once, and it is asked once. A part is copied by itself.
- For each answer moto copies the rows in it before it writes them as JSON. Here it does so only for botocore's client.
- For each request moto lists the methods of the service anew, and draws 52 random characters.
- For each message moto makes all attributes of the queue, which counts all messages, to read how long the queue keeps
  them. Here it reads only that.
"""

from __future__ import annotations

import copy
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.core import responses
from moto.core.common_models import BaseModel
from moto.core.parse import BaseJSONParser
from moto.core.responses import ActionResult
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, OpDefault
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.models.utilities import bytesize, dynamo_to_dict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.responses import DynamoResult
from moto.kms import utils as kms
from moto.sqs.models import Message, SQSBackend

_any_structure = BaseJSONSerializer._serialize_type_structure
_any_request: Any = BaseJSONParser._parse_structure
_any_cast: Any = DynamoType.cast_value.fget  # type: ignore[attr-defined]
_update = DynamoDBBackend.update_item
_kept_in_a_list = BaseModel.__new__
_measured = LimitedSizeDict.__setitem__
_parse, _any_operand = ConditionExpressionParser.parse, ConditionExpressionParser._make_operand
_NONE: Any = OpDefault(None, None)  # type: ignore[arg-type]
_SURELY_SMALL = 200_000
"""Bytes of all that was ever put into a row, far below the most that moto lets one have."""
put_in_place, _delete = Table.put_item, Table.delete_item
_query, _every, _row_size = Table.query, Table.all_items, Item.size
_puts_back = [True]


@contextmanager
def nothing_is_put_back() -> Iterator[None]:
    """Meanwhile nothing is copied, and no transaction may be cancelled: a long history is told in seconds."""
    _puts_back.append(False)
    yield
    _puts_back.pop()


def _sharing_rows(table: Table, _memo: dict[int, Any]) -> Table:
    if not _puts_back[-1]:
        return table
    kept = copy.copy(table)
    kept.items = defaultdict(dict, table.items)
    return kept


def own_partition(table: Table, partition: DynamoType) -> None:
    if _puts_back[-1] and table.has_range_key and partition in table.items:
        table.items[partition] = dict(table.items[partition])


def _put_into_a_copy(table: Table, item_attrs: dict[str, Any], *told: Any, **asked: Any) -> Item:
    if table.hash_key_attr in item_attrs:
        own_partition(table, DynamoType(item_attrs[table.hash_key_attr]))
    return put_in_place(table, item_attrs, *told, **asked)


def _delete_from_a_copy(table: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
    own_partition(table, hash_key)
    return _delete(table, hash_key, range_key)


def _update_a_copy(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *told: Any, **asked: Any) -> Item:
    table = backend.get_table(table_name)
    partition, place = backend.get_keys_value(table, key)
    if (item := table.get_item(partition, place)) is not None:
        own_partition(table, partition)
        rows: dict[Any, Any] = table.items[partition] if place is not None else table.items
        rows[partition if place is None else place] = copy.deepcopy(item)
    updated = _update(backend, table_name, key, *told, **asked)
    vars(updated).pop("measured", None)
    return updated


def _size_of_row(row: Item) -> int:
    known: int | None = vars(row).get("measured")
    if known is None:
        known = row.measured = _row_size(row)  # type: ignore[attr-defined]
    return known


def _put_attribute(row: Any, name: str, value: Any) -> None:
    before = getattr(row, "ever_put", None)
    if before is None:
        # A fresh one, or a copy.
        before = sum(_size(*each) for each in row.items())
    row.ever_put = before + _size(name, value)
    if row.ever_put < _SURELY_SMALL:
        dict.__setitem__(row, name, value)
    else:
        _measured(row, name, value)


def _size(name: str, value: Any) -> int:
    return bytesize(name) + (value.size() if type(value) is DynamoType else bytesize(str(value)))


def _new(model: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    return _kept_in_a_list(model) if model.__module__.startswith("moto.s3.") else object.__new__(model)


class _AnyValue(dict[str, dict[str, str]]):
    """Has a value of each name."""

    def __missing__(self, _: str) -> dict[str, str]:
        return {}


@lru_cache(4096)
def _understood(condition: str, names: tuple[tuple[str, str], ...]) -> tuple[Any, list[str], list[str]]:
    """The parts of a condition without its values, and the names in it of attributes and of values."""
    parser: Any = ConditionExpressionParser(condition, dict(names), _AnyValue())
    parser._make_op_condition = lambda node: node
    return _parse(parser), parser.expr_attr_names_found, parser.expr_attr_values_found


def _parse_once(parser: ConditionExpressionParser) -> Any:
    condition, given = parser.condition_expression, parser.expression_attribute_values or {}
    if not condition:
        return _NONE
    try:
        node, names, values = _understood(condition, tuple((parser.expression_attribute_names or {}).items()))
    except Exception:  # noqa: BLE001 - moto says what is wrong
        return _parse(parser)
    if not given.keys() >= set(values):
        return _parse(parser)
    parser.expr_attr_names_found.extend(names)
    parser.expr_attr_values_found.extend(values)
    return parser._make_op_condition(node)


def _operand(parser: ConditionExpressionParser, node: Any) -> Any:
    if node.kind == ConditionExpressionParser.Kind.EXPRESSION_ATTRIBUTE_VALUE:
        return AttributeValue((parser.expression_attribute_values or {})[node.text])
    return _any_operand(parser, node)


def _traverse(traverser: Any, root: Any) -> Any:
    kinds = traverser.nodes_to_be_processed()

    def visit(node: Any, place: int) -> Any:
        if not isinstance(node, Node):
            return node
        parent = node.parent
        for number, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, number)
            visit(child, number)
        if isinstance(node, kinds):
            node = traverser.process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
        return node

    return visit(root, -1)


def _copied(node: Any, memo: dict[int, Any]) -> Any:
    copied = object.__new__(type(node))
    children = node.children and [copy.deepcopy(child, memo) for child in node.children]
    vars(copied).update(vars(node), parent=None, children=children)
    for child in children or ():
        if isinstance(child, Node):
            child.parent = copied
    return copied


def _result(result: DynamoResult, context: Any) -> Any:
    result._result = dynamo_to_dict(result._result)
    return ActionResult.execute_result(result, context)


def _structure(serializer: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if type(value) is dict and shape.name == "AttributeValue":
        serialized[serializer.get_serialized_name(shape, key)] = _attribute(value, serializer._base64)
    else:
        _any_structure(serializer, serialized, value, shape, key)


def _attribute(value: dict[str, Any], of_bytes: Callable[[Any], Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    match kind:
        case "L":
            held = [_attribute(each, of_bytes) for each in held]
        case "M":
            held = {name: _attribute(each, of_bytes) for name, each in held.items()}
        case "B":
            held = of_bytes(held)
        case "BS":
            held = list(map(of_bytes, held))
    return {kind: held}


def _request(parser: BaseJSONParser, shape: Any, value: Any) -> Any:
    known = shape.name == "AttributeValue" and len(value) == 1
    return _attribute(value, parser._blob_parser) if known else _any_request(parser, shape, value)


def _query_a_partition(table: Table, hash_key: DynamoType | None, *told: Any, **asked: Any) -> Any:
    index_name = told[6]
    table.asked = None if index_name else hash_key  # type: ignore[attr-defined]
    try:
        return _query(table, hash_key, *told, **asked)
    finally:
        table.asked = None  # type: ignore[attr-defined]


def _items(table: Table) -> list[Item]:
    asked = getattr(table, "asked", None)
    if asked is None or not table.has_range_key:
        return _every(table)
    held: dict[Any, Item] = table.items.get(asked, {})
    return list(held.values())


def _cast(attribute: DynamoType) -> Any:
    return attribute.value if attribute.type == "S" else _any_cast(attribute)


def _request_id(headers: dict[str, Any] | None = None) -> str:
    request_id = uuid.uuid4().hex
    if headers is not None:
        headers["x-amzn-requestid"] = request_id
    return request_id


def _is_kept(backend: SQSBackend, queue_name: str, message: Message) -> bool:
    seconds: int = backend.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
    return message.sent_timestamp / 1000 + seconds > time.time()  # type: ignore[operator]


def install() -> None:
    setattr(BaseModel, "__new__", _new)  # noqa: B010
    setattr(Table, "__deepcopy__", _sharing_rows)  # noqa: B010 - it has none of its own
    setattr(Table, "put_item", _put_into_a_copy)  # noqa: B010 - a method, to mypy, is not replaced
    setattr(Table, "delete_item", _delete_from_a_copy)  # noqa: B010
    setattr(Item, "size", _size_of_row)  # noqa: B010
    setattr(Table, "query", _query_a_partition)  # noqa: B010
    setattr(Table, "all_items", _items)  # noqa: B010
    setattr(StreamShard, "add", lambda *_: None)  # noqa: B010
    setattr(DynamoDBBackend, "update_item", _update_a_copy)  # noqa: B010 - a method, to mypy, is not replaced
    setattr(LimitedSizeDict, "__setitem__", _put_attribute)  # noqa: B010
    setattr(ConditionExpressionParser, "parse", _parse_once)  # noqa: B010
    setattr(ConditionExpressionParser, "_make_operand", _operand)  # noqa: B010
    make = lru_cache(4096)(UpdateExpressionParser.make)
    setattr(UpdateExpressionParser, "make", staticmethod(make))  # noqa: B010
    setattr(DepthFirstTraverser, "traverse", _traverse)  # noqa: B010
    setattr(Node, "__deepcopy__", _copied)  # noqa: B010
    setattr(DynamoResult, "__init__", ActionResult.__init__)  # noqa: B010
    setattr(DynamoResult, "execute_result", _result)  # noqa: B010
    setattr(BaseJSONSerializer, "_serialize_type_structure", _structure)  # noqa: B010
    setattr(BaseJSONParser, "_parse_structure", _request)  # noqa: B010
    setattr(kms, "rsa", SimpleNamespace(generate_private_key=cache(rsa.generate_private_key)))  # noqa: B010
    setattr(DynamoType, "cast_value", property(_cast))  # noqa: B010
    setattr(responses, "method_names_from_class", cache(responses.method_names_from_class))  # type: ignore[attr-defined]  # noqa: B010
    setattr(responses, "gen_amzn_requestid_long", _request_id)  # noqa: B010
    setattr(SQSBackend, "is_message_valid_based_on_retention_period", _is_kept)  # noqa: B010
