"""The fields of orders, lines, products and stores as files hold them, and what headers call them."""

from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files.record import Field
from zhiji.trade.models import Order
from zhiji.trade.statuses import WORDS

ORDER_ALIASES = ("订单号", "订单编号", "order_id", "order_no", "basket_id", "主订单编号", "订单号码")
CUSTOMER = ("客户号", "customer_id", "user_id", "客户编号", "会员号", "买家", "household_id", "买家会员名", "买家昵称")
SHOP = ("店铺", "店铺名称", "网店", "shop", "shop_id", "shop_name")
PRODUCT = ("商品编号", "商品号", "product_id", "sku", "货号", "SKU编码")
AMOUNT = ("实付金额", "支付金额", "成交金额", "总额", "total", "sales_value", "price")
DISCOUNT = ("优惠", "折扣", "discount_amount")
PAID_AT = ("订单付款时间", "支付时间", "付款时间", "paid_at", "payment_time")
REFUNDED = ("退款金额", "已退款金额", "refund_amount", "amount_refunded")
REFUNDED_AT = ("退款成功时间", "refund_time", "退款完成时间")

BELOW_AMOUNT = _("订单金额不能小于 0；退款请写在原订单的“已退金额”里")
BELOW_REFUNDED = _("已退金额不能小于 0；退了多少就写多少，例如 30")
BELOW_DISCOUNT = _("优惠金额不能小于 0；优惠了多少就写多少，例如 5")
BELOW_ITEMS = _("件数不能小于 0；退货请写在原订单的“已退金额”里")

ORDER = (
    Field("id", _("订单号"), "identifier", required=True, aliases=ORDER_ALIASES, longest=80),
    Field("customer", _("客户号"), "person", required=True, aliases=CUSTOMER, longest=120),
    Field(
        "placed_at",
        _("下单时间"),
        "time",
        required=True,
        aliases=("订单创建时间", "创建时间", "订单时间", "ordered_at", "created_at", "日期", *PAID_AT),
    ),
    Field(
        "amount",
        _("金额"),
        "money",
        required=True,
        aliases=("买家实际支付金额", "订单金额", *AMOUNT, "总金额"),
        below=BELOW_AMOUNT,
    ),
    Field("currency", _("货币"), "currency", aliases=("币种", "币别", "货币代码", "currency_code"), decisive=True),
    Field(
        "status",
        _("订单状态"),
        choices=tuple(Order.State.values),
        labels=dict(Order.State.choices),
        meanings=WORDS,
        decisive=True,
        aliases=("交易状态", "支付状态", "状态", "order_status", "financial_status"),
    ),
    Field("paid_at", _("付款时间"), "time", aliases=PAID_AT, decisive=True),
    Field("refunded", _("已退金额"), "money", aliases=REFUNDED, decisive=True, below=BELOW_REFUNDED),
    Field("refunded_at", _("退款时间"), "time", aliases=REFUNDED_AT, decisive=True),
    Field("discount", _("优惠金额"), "money", aliases=DISCOUNT, below=BELOW_DISCOUNT),
    Field("shop", _("店铺"), aliases=SHOP, longest=80),
    Field("store", _("门店"), aliases=("门店编号", "store_id"), longest=60),
    Field("coupon", _("优惠券"), "coupon", aliases=("券码", "coupon_code", "优惠码"), longest=60),
    Field("category", _("主要品类"), aliases=("品类", "类目"), longest=120),
    Field("categories", _("全部品类"), longest=4000),
    Field("items", _("件数"), "integer", aliases=("商品件数", "数量", "quantity"), below=BELOW_ITEMS),
)
LINE = (
    Field("order", _("订单号"), "identifier", required=True, aliases=ORDER_ALIASES, longest=80),
    Field("shop", _("店铺"), aliases=SHOP, longest=80),
    Field("line", _("行号"), aliases=("line_no", "line_number"), longest=60),
    Field("product", _("商品编号"), "identifier", required=True, aliases=PRODUCT, longest=60),
    Field("quantity", _("数量"), "number", aliases=("件数", "qty"), decisive=True, below=BELOW_ITEMS),
    Field("amount", _("金额"), "money", required=True, aliases=("小计", *AMOUNT)),
    Field("discount", _("优惠金额"), "money", aliases=DISCOUNT, below=BELOW_DISCOUNT),
)
PRODUCTS = (
    Field("id", _("商品编号"), "identifier", required=True, aliases=PRODUCT, longest=60),
    Field("name", _("商品名称"), required=True, aliases=("名称", "品名", "product_name", "title")),
    Field("category", _("品类"), aliases=("类目", "分类", "product_category"), longest=120),
    Field("department", _("部门"), aliases=("大类", "一级类目"), longest=120),
    Field("brand", _("品牌"), longest=120),
)
STORES = (
    Field("id", _("门店编号"), "identifier", required=True, aliases=("store_id", "店号", "门店号"), longest=60),
    Field("name", _("门店名称"), required=True, aliases=("店名", "store_name", "名称"), longest=120),
    Field("region", _("地区"), aliases=("省份", "区域", "province"), longest=40),
)
