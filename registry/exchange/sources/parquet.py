"""Strict reading of Parquet into text, in bounded memory: a file is looked at by its directory before it is read.

Parquet says in a few bytes that a column has the same text a billion times. So rows, columns and sizes are looked at
first, texts stay references to their dictionary while they are measured, and only what is small enough is written out.
"""

from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from registry.exchange.sources import TextTable
from registry.exchange.sources.opening import LARGEST_RATIO, LARGEST_UNPACKED_BYTES, refused

MOST_COLUMNS = 500
MOST_ROWS_OF_A_SMALL_FILE = 1_000_000
"""A row has an identity of its own, which packs to a byte at least; only so many rows may do with less."""
SMALL_TEXT_BYTES = 64 * 2**20
LARGEST_CELL_BYTES = 2**20
LARGEST_FOOTER_BYTES = 16 * 2**20
ROWS_A_BATCH = 16_384

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_LESS = "Write only the columns and rows of the bundle, or divide it into several files."
_BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError, NotImplementedError)


def read_parquet(data: bytes, file: str) -> TextTable:
    """All columns of a Parquet file as text: dates ISO, true and false as yes and no. Raises Refused."""
    try:
        source = _opened(data, file)
        schema = _fit(source, len(data), file)
        most = min(LARGEST_UNPACKED_BYTES, max(SMALL_TEXT_BYTES, LARGEST_RATIO * len(data)))
        batches: list[pa.RecordBatch] = []
        size = 0
        for batch in source.iter_batches(batch_size=ROWS_A_BATCH):
            batch.validate(full=True)
            size += sum(_written_size(column, file) for column in batch.columns)
            if size > most:
                raise refused(file, f"at most {most:,} bytes of text", _LESS)
            columns = [
                _texts(column, field.name, file) for column, field in zip(batch.columns, schema, strict=True)
            ]
            batches.append(pa.record_batch(columns, names=schema.names))
    except _BROKEN as error:
        raise refused(
            file, "a Parquet file", "The file is damaged or not Parquet. Write it again."
        ) from error
    empty = pa.schema([(name, pa.string()) for name in schema.names])
    return TextTable(pa.Table.from_batches(batches, empty), file, sha256(data).hexdigest())


def _opened(data: bytes, file: str) -> pq.ParquetFile:
    if data[-4:] == _ENCRYPTED or data[:4] == _ENCRYPTED:
        raise refused(file, "a Parquet file without encryption", "Write it again without a key.")
    footer = int.from_bytes(data[-8:-4], "little")
    if data[-4:] != _MAGIC or data[:4] != _MAGIC or footer + 12 > len(data):
        raise refused(file, "a Parquet file", "The file is damaged or not Parquet. Write it again.")
    if footer > LARGEST_FOOTER_BYTES:
        raise refused(file, "a Parquet file of ordinary size", _LESS)
    limits = {
        "thrift_string_size_limit": LARGEST_FOOTER_BYTES,
        "thrift_container_size_limit": LARGEST_FOOTER_BYTES // 16,
    }
    about = pq.ParquetFile(pa.BufferReader(data), **limits)
    if len(about.schema) > MOST_COLUMNS:
        raise refused(
            file, f"at most {MOST_COLUMNS} columns", f"There are {len(about.schema):,}: keep those you need."
        )
    words = [about.schema.column(number) for number in range(len(about.schema))]
    kept = [one.path for one in words if one.physical_type == "BYTE_ARRAY" and one.max_repetition_level == 0]
    return pq.ParquetFile(pa.BufferReader(data), read_dictionary=kept, **limits)


def _fit(source: pq.ParquetFile, size: int, file: str) -> pa.Schema:
    """The columns, once the directory says that all can be read. Raises Refused."""
    schema, about = source.schema_arrow, source.metadata
    for field in schema:
        if pa.types.is_nested(field.type):
            remedy = f"The column {field.name[:80]} is {str(field.type)[:80]}: write it as text."
            raise refused(file, "columns of text, numbers or dates", remedy)
    if about.num_rows > max(MOST_ROWS_OF_A_SMALL_FILE, size):
        raise refused(file, "rows that differ", f"There are {about.num_rows:,} in {size:,} bytes. {_LESS}")
    unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    if unpacked > min(LARGEST_UNPACKED_BYTES, max(SMALL_TEXT_BYTES, LARGEST_RATIO * size)):
        raise refused(file, "a Parquet file of ordinary size", f"It unpacks to {unpacked:,} bytes. {_LESS}")
    return schema


def _written_size(column: pa.Array, file: str) -> int:
    """Bytes of the column once every text is written out. Raises Refused for a cell of no ordinary size."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    words = column.dictionary
    if not (
        pa.types.is_string(words.type)
        or pa.types.is_large_string(words.type)
        or pa.types.is_binary(words.type)
        or pa.types.is_large_binary(words.type)
    ):
        return len(column) * 32
    lengths = pc.binary_length(words)
    if (pc.max(lengths).as_py() or 0) > LARGEST_CELL_BYTES:
        raise refused(file, f"cells of at most {LARGEST_CELL_BYTES:,} bytes", _LESS)
    return 4 * len(column) + (pc.sum(lengths.take(column.indices)).as_py() or 0)


def _texts(column: pa.Array, name: str, file: str) -> pa.Array:
    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_boolean(column.type):
            return pc.if_else(column, "yes", "no")
        texts = column.cast(pa.string())
    except pa.ArrowException as error:
        remedy = f"The column {name[:80]} is {str(column.type)[:80]}: write it as text."
        raise refused(file, "columns of text, numbers or dates", remedy) from error
    if pc.any(pc.match_substring(texts, "\0")).as_py():
        raise refused(file, "text without NUL characters", f"Remove them from the column {name[:80]}.")
    return texts
