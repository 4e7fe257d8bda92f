"""The fields of orders, lines, products and stores as files hold them, and what headers call them."""

from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files.record import Field

ORDER_ALIASES = ("订单号", "订单编号", "order_id", "order_no", "basket_id")
CUSTOMER = ("客户号", "customer_id", "user_id", "客户编号", "会员号", "买家", "household_id")
PRODUCT = ("商品编号", "商品号", "product_id", "sku", "货号", "SKU编码")
AMOUNT = ("实付金额", "支付金额", "成交金额", "总额", "total", "sales_value", "price")
DISCOUNT = ("优惠", "折扣", "discount_amount")

ORDER = (
    Field("id", _("订单号"), required=True, aliases=ORDER_ALIASES, longest=80),
    Field("customer", _("客户号"), required=True, aliases=CUSTOMER, longest=120),
    Field(
        "placed_at",
        _("下单时间"),
        "time",
        required=True,
        aliases=("支付时间", "订单时间", "paid_at", "ordered_at", "日期"),
    ),
    Field("amount", _("金额"), "money", required=True, aliases=("订单金额", *AMOUNT)),
    Field("discount", _("优惠金额"), "money", aliases=DISCOUNT),
    Field("store", _("门店"), aliases=("门店编号", "store_id", "店铺"), longest=60),
    Field("coupon", _("优惠券"), aliases=("券码", "coupon_code", "优惠码"), longest=60),
    Field("category", _("主要品类"), aliases=("品类", "类目"), longest=120),
    Field("categories", _("全部品类"), longest=4000),
    Field("items", _("件数"), "integer", aliases=("商品件数", "数量", "quantity")),
)
LINE = (
    Field("order", _("订单号"), required=True, aliases=ORDER_ALIASES, longest=80),
    Field("line", _("行号"), aliases=("line_no", "line_number"), longest=60),
    Field("product", _("商品编号"), required=True, aliases=PRODUCT, longest=60),
    Field("quantity", _("数量"), "number", aliases=("件数", "qty")),
    Field("amount", _("金额"), "money", required=True, aliases=("小计", *AMOUNT)),
    Field("discount", _("优惠金额"), "money", aliases=DISCOUNT),
)
PRODUCTS = (
    Field("id", _("商品编号"), required=True, aliases=PRODUCT, longest=60),
    Field("name", _("商品名称"), required=True, aliases=("名称", "品名", "product_name", "title")),
    Field("category", _("品类"), aliases=("类目", "分类", "product_category"), longest=120),
    Field("department", _("部门"), aliases=("大类", "一级类目"), longest=120),
    Field("brand", _("品牌"), longest=120),
)
STORES = (
    Field("id", _("门店编号"), required=True, aliases=("store_id", "店号", "门店号"), longest=60),
    Field("name", _("门店名称"), required=True, aliases=("店名", "store_name", "名称"), longest=120),
    Field("region", _("地区"), aliases=("省份", "区域", "province"), longest=40),
)
