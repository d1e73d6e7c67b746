"""People in tables as third-party tools write them; see README.md."""
import datetime as dt, pathlib
import polars as pl, pyarrow as pa, pyarrow.parquet as pq, openpyxl, pandas as pd
out = pathlib.Path(__file__).parent
D = dt.date
rows = [
  ("Ana",  "N-1", "benefit", D(2026,3,1), 70, True,  217.5,   "0012", D(1955,12,31), "urban", [{"age": 8, "income": 0.3}]),
  ("Béla", "N-1", "benefit", D(2026,3,1), 64, False, 1234.56, "0345", D(1961,7,1),   "rural", []),
  ("陈明", "N-2", "benefit", D(2026,3,1), 65, True,  0.1,     "X-1",  D(1961,3,1),   "rural", None),
  ("Dor",  "N-2", "benefit", D(2026,3,1), None, None, None,   None,   None,          None,    None),
]
names = ["name","jurisdiction","service","as_of","age","resident","income","number","born","area","children"]
cols = {n: [r[i] for r in rows] for i, n in enumerate(names)}
child = pl.List(pl.Struct({"age": pl.Int8, "income": pl.Float64}))
df = pl.DataFrame(cols, schema_overrides={"age": pl.Int16, "children": child, "area": pl.Categorical})
df.write_parquet(out/"polars.parquet")
df.with_columns(pl.col("as_of").cast(pl.Datetime("us")), pl.col("born").cast(pl.Datetime("ns"))).write_parquet(out/"polars-datetimes.parquet", compression="lz4", use_pyarrow=False)
import json
flat = df.with_columns(pl.Series("children", [None if c is None else json.dumps(c) for c in cols["children"]]))
flat.write_csv(out/"polars.csv")
flat.write_csv(out/"polars.tsv", separator="\t", include_bom=True, datetime_format="%Y-%m-%d")
flat.with_columns(pl.col("born").cast(pl.Datetime("us"))).write_excel(out/"polars.xlsx")
t = pa.table({
 "name": pa.array(cols["name"], pa.large_string()), "jurisdiction": pa.array(cols["jurisdiction"]).dictionary_encode(), "service": cols["service"],
 "as_of": pa.array([dt.datetime(2026,3,1)]*4, pa.timestamp("ms", tz="UTC")),
 "age": pa.array(cols["age"], pa.uint8()), "resident": cols["resident"],
 "income": pa.array([None if x is None else __import__("decimal").Decimal(str(x)) for x in cols["income"]], pa.decimal128(10,2)),
 "number": cols["number"], "born": pa.array(cols["born"], pa.date64()),
 "area": pa.array(cols["area"]).dictionary_encode(),
 "children": pa.array(cols["children"], pa.list_(pa.struct([("age", pa.int64()), ("income", pa.float32())])))})
for codec in ["none","snappy","gzip","brotli","zstd","lz4"]:
    pq.write_table(t, out/f"pyarrow-{codec}.parquet", compression=codec)
pdf = flat.to_pandas(); pdf["age"] = pdf["age"].astype("float64")
pdf.to_csv(out/"pandas.csv", index=False)
wb = openpyxl.Workbook(); ws = wb.active; ws.title = "People"
for j, n in enumerate(names, 1): ws.cell(1, j, n)
for i, r in enumerate(rows, 2):
    for j, v in enumerate(r, 1):
        if names[j-1] == "children": v = None if v is None else json.dumps(v)
        if names[j-1] == "income" and v is not None: c = ws.cell(i, j, v); c.number_format = "#,##0.00"; continue
        c = ws.cell(i, j, v)
        if isinstance(v, D): c.number_format = "yyyy/m/d"
wb.create_sheet("Empty")
wb.save(out/"openpyxl.xlsx")
