"""Requests at random, as DynamoDB takes them, and rows of every type."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(max_size=12)
NAMES = st.text(min_size=1, max_size=6) | st.sampled_from(["B", "BS", "M", "L", "S", "pk"])
_NUMBERS = st.integers(-(10**20), 10**20).map(str) | st.sampled_from(["1.50", "-0.001", "1E+10"])
_BYTES = st.binary(max_size=12)


def _typed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3).map(lambda each: {"L": each}) | st.dictionaries(NAMES, inner, max_size=3).map(
        lambda each: {"M": each}
    )


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        TEXTS.map(lambda each: {"S": each}),
        _NUMBERS.map(lambda each: {"N": each}),
        _BYTES.map(lambda each: {"B": each}),
        st.booleans().map(lambda each: {"BOOL": each}),
        st.just({"NULL": True}),
        st.lists(TEXTS, min_size=1, max_size=3).map(lambda each: {"SS": each}),
        st.lists(_NUMBERS, min_size=1, max_size=3).map(lambda each: {"NS": each}),
        st.lists(_BYTES, min_size=1, max_size=3).map(lambda each: {"BS": each}),
    ),
    _typed,
    max_leaves=6,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=5)
_TABLES = st.sampled_from(["customers", "a.b-c_d", "T" * 255])
_MORE = {
    "ExpressionAttributeNames": st.dictionaries(st.sampled_from(["#a", "#b"]), NAMES, min_size=1),
    "ReturnConsumedCapacity": st.sampled_from(["NONE", "TOTAL", "INDEXES"]),
}
_CONDITION = {
    **_MORE,
    "ConditionExpression": st.sampled_from(["attribute_not_exists(pk)", "#a = :a AND size(b) < :b"]),
    "ExpressionAttributeValues": st.dictionaries(st.sampled_from([":a", ":b"]), VALUES, min_size=1),
    "ReturnValues": st.sampled_from(["NONE", "ALL_OLD"]),
}


def _of(name: str, needed: dict[str, Any], more: dict[str, Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(needed, optional=more))


_KEY = {"TableName": _TABLES, "Key": ITEMS}
_WRITES = st.one_of(
    st.fixed_dictionaries({"Put": st.fixed_dictionaries({"TableName": _TABLES, "Item": ITEMS})}),
    st.fixed_dictionaries({"Delete": st.fixed_dictionaries(_KEY)}),
    st.fixed_dictionaries({"Update": st.fixed_dictionaries({**_KEY, "UpdateExpression": st.just("SET a = :a")})}),
    st.fixed_dictionaries(
        {"ConditionCheck": st.fixed_dictionaries({**_KEY, "ConditionExpression": st.just("attribute_exists(a)")})}
    ),
)
_QUERY = {
    **{name: each for name, each in _CONDITION.items() if name.startswith("Expression")},
    "Limit": st.integers(1, 1000),
    "ConsistentRead": st.booleans(),
    "ExclusiveStartKey": ITEMS,
    "FilterExpression": st.just("a = :a"),
    "IndexName": st.just("by_expiry"),
}
REQUESTS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    _of("get_item", _KEY, {**_MORE, "ConsistentRead": st.booleans(), "ProjectionExpression": st.just("pk, #a")}),
    _of(
        "batch_get_item",
        {
            "RequestItems": st.dictionaries(
                _TABLES,
                st.fixed_dictionaries(
                    {"Keys": st.lists(ITEMS, min_size=1, max_size=3)}, optional={"ConsistentRead": st.booleans()}
                ),
                min_size=1,
            )
        },
        {},
    ),
    _of(
        "query",
        {"TableName": _TABLES, "KeyConditionExpression": st.just("pk = :a")},
        {**_QUERY, "ScanIndexForward": st.booleans()},
    ),
    _of("scan", {"TableName": _TABLES}, _QUERY),
    _of("put_item", {"TableName": _TABLES, "Item": ITEMS}, _CONDITION),
    _of("update_item", {**_KEY, "UpdateExpression": st.just("ADD n :a")}, _CONDITION),
    _of("delete_item", _KEY, _CONDITION),
    _of(
        "transact_write_items",
        {"TransactItems": st.lists(_WRITES, min_size=1, max_size=4), "ClientRequestToken": st.just("token-1")},
        {},
    ),
)
