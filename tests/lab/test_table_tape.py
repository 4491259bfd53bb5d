"""A user's own tape as a table: its messages are those of the rows, and what is wrong is named with its row."""

import duckdb
import numpy as np
import pandas
import pytest

from marketsim.errors import InputError
from marketsim.lab import bench_matching as bench
from marketsim.matching import reference

ROWS = """Time,Side,Price,Qty,kind,oid,owner,book
09:30,sell,25.10,3,limit,A1,甲,carbon
09:31,B,25.12,2,limit,B7,乙,carbon
09:32,卖,25.08,4,limit,A2,丙,carbon
09:33,sell,,,cancel,A2,丙,carbon
09:34,buy,25.08,9,ioc,B8,乙,carbon
09:35,buy,25.10,1,post,B9,甲,other
"""


def tape(tmp_path, text=ROWS, name="mine.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return bench.read_tape(tmp_path / name)


def test_the_rows_are_the_messages(tmp_path):
    made = tape(tmp_path)
    assert made.messages.tick.tolist() == [2, 4, 0, 0, 0, 2] and made.ticks == 5 and made.books == 2 and made.fill == 0
    assert made.messages.kind.tolist() == [0, 0, 0, 1, 3, 5] and made.messages.side.tolist() == [1, 0, 1, 1, 0, 0]
    assert made.messages.oid.tolist() == [0, 1, 2, 2, 3, 4] and made.messages.owner.tolist() == [0, 1, 2, 2, 1, 0]
    engine = bench.filled_engine(made, make=reference.Engine)
    trades = engine.submit_batch(made.messages)
    assert trades.lots.tolist() == [2] and trades.tick.tolist() == [2]  # two lots at 25.10; the rest found nobody
    assert bench.run({"tape": str(tmp_path / "mine.csv")})["volume"] == 2


def test_a_parquet_file_is_the_same_tape_and_whole_prices_are_ticks(tmp_path):
    frame = pandas.DataFrame({"side": ["s", "b"], "price": [2510, 2512], "qty": [3, 2]})  # noqa: F841 - read by DuckDB
    duckdb.sql("SELECT * FROM frame").write_parquet(str(tmp_path / "mine.parquet"))
    made = bench.read_tape(tmp_path / "mine.parquet")
    assert made.messages.tick.tolist() == [0, 2] and np.all(made.messages.kind == 0) and made.messages.oid.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("09:31,B,", "09:31,long,", "row 3, side: 'long' is not one of buy"), ("25.08,4", "25.085,4", "row 4, price: '25.085' is not a price in whole ticks, or in hundredths"),
        ("25.12,2", "25.12,2.5", "row 3, qty: '2.5' is not a whole number from 1"), ("25.12,2", "25.12,", "row 3, qty"), ("25.12,2", "25.12,0", "row 3, qty"),
        ("post", "iceberg", "row 7, kind: 'iceberg'"), ("Price", "Preis", "no column price; a tape needs side, price, qty"), (",oid,", ",id,", "no column oid; a row that cancels"),
        ("25.10,3", "9999999.10,3", "row 2, price: '9999999.10' is not a price within"), (ROWS.partition("\n")[2], "", "no rows"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_row(tmp_path, old, new, told):
    with pytest.raises(InputError) as found:
        tape(tmp_path, ROWS.replace(old, new, 1))
    assert told in str(found.value) and "mine.csv" in str(found.value)


def test_a_file_that_is_not_there_or_no_table_is_told(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path / "bad.parquet"):
        (tmp_path / "bad.parquet").write_bytes(b"PAR0")
        with pytest.raises(InputError, match="cannot be read as a table"):
            bench.read_tape(path)
