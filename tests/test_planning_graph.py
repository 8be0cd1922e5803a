"""The graph of shots, its order and its longest ways."""

from decimal import Decimal

from planning_builders import chained, make_shot, make_storyboard

from runner.planning.graph import (
    build_graph,
    everything_hanging,
    everything_needed,
    longest_chain,
    measure_ways,
    needs_by_shot,
    order_shots,
)

FILM = make_storyboard(
    make_shot("lamp", first=chained("climb")),
    make_shot("harbour"),
    make_shot("climb", first=chained("harbour"), last=chained("storm", "first")),
    make_shot("storm", after=["harbour"]),
    make_shot("end"),
)


def test_an_edge_says_which_frame_passes_and_from_where_in_the_clip() -> None:
    graph = build_graph(FILM)
    assert set(graph.edges) == {("climb", "lamp"), ("harbour", "climb"), ("storm", "climb"), ("harbour", "storm")}
    assert graph.edges["storm", "climb"] == {
        "links": (("last_frame", "first"),),
        "after": False,
        "field": "last_frame",
        "at": "first",
    }
    assert graph.edges["harbour", "storm"] == {"links": (), "after": True}


def test_two_frames_of_one_source_are_two_links_of_one_edge() -> None:
    twice = make_shot("b", first=chained("a", Decimal("2.5")), last=chained("a", "first"), after=["a"])
    edge = build_graph(make_storyboard(make_shot("a"), twice)).edges["a", "b"]
    assert edge["links"] == (("first_frame", Decimal("2.5")), ("last_frame", "first"))
    assert edge["after"] is True


def test_a_source_that_is_no_shot_is_left_to_reading() -> None:
    graph = build_graph(make_storyboard(make_shot("a", first=chained("nowhere"))))
    assert list(graph) == ["a"]


def test_every_shot_comes_after_what_it_needs_and_else_in_film_order() -> None:
    assert order_shots(build_graph(FILM)) == ("harbour", "storm", "climb", "lamp", "end")


def test_needs_and_what_hangs_on_a_shot() -> None:
    graph = build_graph(FILM)
    assert needs_by_shot(graph)["climb"] == ("harbour", "storm")
    assert everything_needed(graph, "lamp") == {"climb", "harbour", "storm"}
    assert everything_hanging(graph, "harbour") == {"storm", "climb", "lamp"}


def test_the_longest_way_counts_only_what_takes_time() -> None:
    graph = build_graph(FILM)
    order = order_shots(graph)
    ways = measure_ways(graph, order, {"lamp": 5.0, "climb": 10.0, "storm": 3.0, "end": 16.0})
    assert ways == {"lamp": 5.0, "climb": 15.0, "storm": 18.0, "harbour": 18.0, "end": 16.0}
    assert longest_chain(graph, order, ways, ["lamp", "climb", "storm", "end"]) == ("storm", "climb", "lamp")


def test_the_longest_chain_passes_through_shots_without_work() -> None:
    graph = build_graph(FILM)
    order = order_shots(graph)
    ways = measure_ways(graph, order, {"harbour": 4.0, "lamp": 5.0})
    assert longest_chain(graph, order, ways, ["harbour", "lamp"]) == ("harbour", "lamp")
    assert longest_chain(graph, order, measure_ways(graph, order, {}), []) == ()


def test_a_graph_of_ten_thousand_shots_in_one_chain_is_walked() -> None:
    shots = [make_shot(f"s{number}", first=chained(f"s{number - 1}") if number else None) for number in range(10_000)]
    graph = build_graph(make_storyboard(*shots))
    order = order_shots(graph)
    ways = measure_ways(graph, order, dict.fromkeys(order, 1.0))
    assert ways["s0"] == 10_000
    assert len(longest_chain(graph, order, ways, order)) == 10_000
