"""Mixes what is on the server into what Schemathesis makes up, so that requests get past "not found"."""

import json
import os

import schemathesis
from hypothesis import strategies as st

KNOWN = json.loads(os.environ["SLIPWAY_KNOWN_RESOURCES"])

MOST_REPLICAS = 2


def known(context, part):
    operation_id = context.operation.definition.raw.get("operationId")
    return KNOWN[part].get(operation_id, [])


def mixed(strategy, right):
    """What is right, what is made up, and what is made up around something right."""
    if not right:
        return strategy
    both = st.tuples(strategy, st.sampled_from(right)).map(merged)
    return st.one_of(st.sampled_from(right), both, strategy)


def merged(pair):
    made_up, right = pair
    return {**made_up, **right} if isinstance(made_up, dict) and isinstance(right, dict) else made_up


@schemathesis.hook
def before_generate_path_parameters(context, strategy):
    return mixed(strategy, known(context, "params"))


@schemathesis.hook
def before_generate_query(context, strategy):
    return mixed(strategy, known(context, "queries"))


@schemathesis.hook
def before_generate_headers(context, strategy):
    return mixed(strategy, known(context, "headers"))


@schemathesis.hook
def before_generate_body(context, strategy):
    return mixed(strategy, known(context, "bodies"))


@schemathesis.hook
def before_call(context, case, kwargs):  # noqa: ARG001 -- the names are those of the hook
    """Replicas are processes of this machine: a few of them show as much as a hundred."""
    settings = case.body.get("settings") if isinstance(case.body, dict) else None
    if isinstance(settings, dict) and isinstance(settings.get("numReplicas"), int):
        settings["numReplicas"] = min(settings["numReplicas"], MOST_REPLICAS)
