"""Which shot needs which: the graph a plan walks and a run follows, and its longest ways.

Nodes are shot ids in film order. An edge goes from a source to the shot that hangs on it; its `links` are the frames
handed over, each as (field, at), and `after` says that the order was asked for by itself. `field` and `at` repeat the
first link.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import networkx as nx

from runner.model.storyboard import Shot, Storyboard

Graph: TypeAlias = "nx.DiGraph[str]"


def build_graph(storyboard: Storyboard) -> Graph:
    """Sources that are no shots of the storyboard are left out: reading has told of them."""
    graph: Graph = nx.DiGraph()
    graph.add_nodes_from((shot.id, {"position": position}) for position, shot in enumerate(storyboard.shots))
    for shot in storyboard.shots:
        for source in dict.fromkeys([*(frame.shot for _, frame in shot.chained), *shot.after]):
            if source in graph:
                graph.add_edge(source, shot.id, **_describe_edge(shot, source))
    return graph


def order_shots(graph: Graph) -> tuple[str, ...]:
    """Every shot after what it needs, else in film order. The graph must have no cycle."""
    positions = nx.get_node_attributes(graph, "position")
    return tuple(nx.lexicographical_topological_sort(graph, key=positions.__getitem__))


def needs_by_shot(graph: Graph) -> dict[str, tuple[str, ...]]:
    """By shot, the shots it chains from or comes after."""
    return {shot: tuple(graph.predecessors(shot)) for shot in graph}


def everything_needed(graph: Graph, shot: str) -> frozenset[str]:
    return frozenset(nx.ancestors(graph, shot))


def everything_hanging(graph: Graph, shot: str) -> frozenset[str]:
    return frozenset(nx.descendants(graph, shot))


def measure_ways(graph: Graph, order: Sequence[str], seconds: Mapping[str, float]) -> dict[str, float]:
    """By shot, the longest way from its start to the end of all that hangs on it."""
    ways: dict[str, float] = {}
    for shot in reversed(order):
        beyond = max((ways[following] for following in graph.successors(shot)), default=0.0)
        ways[shot] = seconds.get(shot, 0.0) + beyond
    return ways


def longest_chain(
    graph: Graph, order: Sequence[str], ways: Mapping[str, float], working: Iterable[str]
) -> tuple[str, ...]:
    """The shots with work along the longest way, first to last; of equally long ways the one earliest in order."""
    wanted = frozenset(working)
    chain: list[str] = []
    candidates: Sequence[str] = [shot for shot in order if shot in wanted]
    while candidates:
        shot = max(candidates, key=ways.__getitem__)
        if shot in wanted:
            chain.append(shot)
        candidates = list(graph.successors(shot)) if ways[shot] > 0 else []
    return tuple(chain)


def _describe_edge(shot: Shot, source: str) -> dict[str, object]:
    links = tuple((field, frame.at) for field, frame in shot.chained if frame.shot == source)
    described: dict[str, object] = {"links": links, "after": source in shot.after}
    if links:
        described["field"], described["at"] = links[0]
    return described
