"""What the columns of a pasted block are called: days, analytes, values and units, in the languages of laboratories."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from registry.record.units import measures

DAY, TIME, ANALYTE, VALUE, UNIT, RANGE, COMMENT = (
    "day",
    "time",
    "analyte",
    "value",
    "unit",
    "range",
    "comment",
)

_ANALYTES = {
    "platelets": ("plt", "plts", "platelets", "platelet", "platelet count", "platelets count", "thrombo",
                  "thrombos", "thrombozyten", "thrombocytes", "thrombocyte count", "thr", "tc", "plaquetas",
                  "recuento de plaquetas", "plq", "plaq", "plaquettes", "piastrine", "trombocyten", "trombocitos",
                  "trombocytter", "trombocyter"),
    "hemoglobin": ("hb", "hgb", "haemoglobin", "hemoglobin", "hamoglobin", "hemoglobina", "hemoglobine",
                   "emoglobina", "hemoglobiini"),
    "ldh": ("ldh", "ld", "lactate dehydrogenase", "laktatdehydrogenase", "lactato deshidrogenasa",
            "lactate deshydrogenase"),
    "haptoglobin": ("hapto", "haptoglobin", "haptoglobina", "haptoglobine", "hpt", "hp"),
    "bilirubin": ("bili", "tbil", "t bili", "bili total", "total bilirubin", "bilirubin total", "bilirubin",
                  "bilirubin gesamt", "gesamtbilirubin", "bilirubin ges", "bilirrubina", "bilirrubina total",
                  "bilirubine", "bilirubine totale", "bilirubina", "bilirubina totale"),
    "reticulocytes": ("retic", "retics", "reti", "ret", "ret abs", "retic abs", "reticulocytes",
                      "reticulocyte count", "reticulocytes absolute", "retikulozyten", "retikulozyten absolut",
                      "retikulozyten abs", "reticulocitos", "reticulociti", "reticulocyten"),
}  # fmt: skip
_COLUMNS = {
    DAY: ("date", "day", "datum", "tag", "fecha", "dia", "data", "jour", "collected", "collected on",
          "collection date", "sample date", "date collected", "specimen date", "abnahme", "abnahmedatum", "entnahme",
          "entnahmedatum", "probendatum", "fecha de toma", "fecha de extraccion", "date de prelevement",
          "date prelevement", "date time", "datetime", "collected at", "observed at", "taken on"),
    TIME: ("time", "uhrzeit", "zeit", "hora", "heure", "ora"),
    ANALYTE: ("analyte", "test", "test name", "parameter", "analyt", "analysis", "analysis name", "prueba",
              "parametro", "analito", "determinacion", "analyse", "untersuchung", "bezeichnung", "examen", "esame"),
    VALUE: ("value", "result", "wert", "ergebnis", "messwert", "resultado", "valor", "resultat", "valeur",
            "risultato", "valore"),
    UNIT: ("unit", "units", "einheit", "einheiten", "unidad", "unidades", "unite", "unites", "unita"),
    RANGE: ("reference", "reference range", "ref", "ref range", "range", "normal range", "referenz",
            "referenzbereich", "normbereich", "normwerte", "valores de referencia", "rango", "intervalo",
            "valeurs de reference"),
    COMMENT: ("comment", "comments", "remark", "remarks", "note", "notes", "flag", "flags", "bemerkung",
              "bemerkungen", "kommentar", "comentario", "comentarios", "observaciones", "commentaire",
              "remarque", "note di laboratorio", "quality"),
}  # fmt: skip
_BRACKETS = re.compile(r"^(.*?)\s*[(\[{]\s*([^()\[\]{}]*?)\s*[)\]}]\s*$")

_LONGEST = 200
"""No name of an analyte or column, with its unit, has more characters."""


def plain(text: str) -> str:
    """A header as it is compared: small letters without accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(one if one.isalnum() else " " for one in bare if not unicodedata.combining(one))
    return " ".join(kept.split())


@cache
def _meanings() -> dict[str, str]:
    named = {word: analyte for analyte, words in _ANALYTES.items() for word in words}
    return named | {word: column for column, words in _COLUMNS.items() for word in words}


def analyte_named(text: str) -> str | None:
    """The analyte that a cell names, or None."""
    found = _meanings().get(plain(text)) if len(text) <= _LONGEST else None
    return found if found in measures() else None


def read_header(text: str) -> tuple[str | None, str | None]:
    """What a header names (an analyte, or one of the words above) and the unit in it: `Hb (g/dL)`."""
    if len(text) > _LONGEST:
        return None, None
    bracketed = _BRACKETS.match(text)
    if bracketed:
        inner, unit = _meanings().get(plain(bracketed[1])), bracketed[2]
        if inner in measures() and (set(unit) & set("/%") or measures()[inner].named(unit)):
            return inner, unit
    if text.rstrip().endswith("%"):
        analyte = analyte_named(text.rstrip()[:-1])
        return analyte, "%" if analyte else None
    meaning = _meanings().get(plain(text))
    if meaning is not None:
        return meaning, None
    if bracketed and not set(bracketed[2]) & set("/%"):
        return _meanings().get(plain(bracketed[1])), None
    for at in (found.start() for found in re.finditer(r"[\s,;:/_-]", text)):
        analyte, unit = analyte_named(text[:at]), text[at:].strip(" ,;:_-")
        if analyte is not None:
            unit = re.sub(r"^in\s+", "", unit)
            if measures()[analyte].named(unit) is not None:
                return analyte, unit
    return None, None


def analyte_at_start(line: str) -> tuple[str, str] | None:
    """The analyte with which a line of a report begins, and what follows it; None if it begins with none."""
    words = re.split(r"(\s+|[:;|.]+)", line.strip())
    for count in range(min(len(words), 9), 0, -1):
        analyte = analyte_named("".join(words[:count]))
        if analyte is not None:
            return analyte, "".join(words[count:]).strip(" \t:;|.")
    return None
