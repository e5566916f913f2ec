"""A browser gets of a chart's rows the columns that the drawing uses, and no others."""

from registry.charts.sent import as_sent, rows_of, used_columns

ROWS = [{"x": 1, "y": 2, "patient": "P1", "kind": "a", "tip": "t", "born": "1960"}]


def test_columns_that_are_not_drawn_are_not_sent() -> None:
    spec = {
        "data": {"values": ROWS},
        "transform": [{"filter": "datum.kind === 'a'"}],
        "layer": [
            {"mark": "point", "encoding": {"x": {"field": "x"}, "tooltip": [{"field": "tip"}]}},
            {"mark": "rule", "encoding": {"y": {"field": "y"}}},
        ],
    }
    (row,) = rows_of(as_sent(spec))
    assert set(row) == {"x", "y", "kind", "tip"}
    assert spec["data"] == {"values": ROWS}  # what is kept for the pictures stays whole


def test_named_rows_are_cut_as_well_and_what_a_selection_names_stays() -> None:
    spec = {
        "datasets": {"rows": ROWS},
        "params": [{"name": "one", "select": {"type": "point", "fields": ["patient"]}}],
        "layer": [{"data": {"name": "rows"}, "mark": "point", "encoding": {"x": {"field": "x"}}}],
    }
    (row,) = rows_of(as_sent(spec))
    assert set(row) == {"x", "patient"}
    assert set(row) <= set(used_columns(spec))


def test_a_chart_has_no_menu_of_its_own() -> None:
    assert as_sent({"mark": "point"})["usermeta"] == {"embedOptions": {"actions": False}}
