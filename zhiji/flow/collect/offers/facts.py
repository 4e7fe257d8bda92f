"""Facts that come from outside and belong to no desk."""

from zhiji.kernel.facts import FactType, Property

_PRODUCT = (
    Property("product_id", "text", "商品编号", column=True),
    Property("name", "text", "商品名称"),
    Property("category", "text", "品类", column=True),
    Property("brand", "text", "品牌"),
    Property("price", "money", "单价", column=True),
    Property("quantity", "number", "数量"),
)
_LIST = (
    Property("list_id", "text", "列表编号"),
    Property("category", "text", "品类", column=True),
    Property("products", "list", "商品"),
)
_CART = (
    Property("cart_id", "text", "购物车编号"),
    Property("amount", "money", "金额", column=True),
    Property("items", "number", "件数"),
    Property("category", "text", "品类", column=True),
    Property("products", "list", "商品"),
)
_COUPON = (
    Property("coupon", "text", "优惠券", column=True),
    Property("order_id", "text", "订单号"),
    Property("discount", "money", "优惠金额", column=True),
)
_PROMOTION = (
    Property("promotion_id", "text", "活动位编号", column=True),
    Property("name", "text", "活动位名称"),
    Property("position", "text", "位置"),
)
_STEP = (
    Property("checkout_id", "text", "结算编号"),
    Property("step", "number", "第几步"),
    Property("payment_method", "text", "支付方式"),
    Property("shipping_method", "text", "配送方式"),
)
_PAGE = (
    Property("name", "text", "页面名称", column=True),
    Property("category", "text", "页面分类"),
    Property("path", "text", "路径"),
    Property("url", "text", "网址"),
    Property("title", "text", "标题"),
    Property("referrer", "text", "来源网址"),
)

OFFERS = (
    FactType("customer_identified", "登记身份", ()),
    FactType("identity_aliased", "身份关联", ()),
    FactType("organisation_joined", "加入组织", (Property("group_id", "text", "组织编号"),)),
    FactType(
        "customer_registered",
        "注册",
        (Property("method", "text", "注册方式", column=True), Property("type", "text", "账户类型")),
    ),
    FactType("customer_signed_in", "登录", (Property("method", "text", "登录方式"),)),
    FactType("customer_signed_out", "退出登录"),
    FactType("page_viewed", "浏览页面", _PAGE),
    FactType("screen_viewed", "浏览应用界面", (Property("name", "text", "界面名称", column=True),)),
    FactType("products_searched", "搜索商品", (Property("query", "text", "搜索词", column=True, spoken=True),)),
    FactType("product_list_viewed", "浏览商品列表", _LIST),
    FactType("product_list_filtered", "筛选商品列表", _LIST),
    FactType("promotion_viewed", "看到活动位", _PROMOTION),
    FactType("promotion_clicked", "点击活动位", _PROMOTION),
    FactType("product_clicked", "点击商品", _PRODUCT),
    FactType("product_viewed", "浏览商品", _PRODUCT),
    FactType("cart_added", "加入购物车", _PRODUCT),
    FactType("cart_removed", "移出购物车", _PRODUCT),
    FactType("cart_viewed", "查看购物车", _CART),
    FactType("checkout_started", "开始结算", _CART),
    FactType("checkout_step_viewed", "查看结算步骤", _STEP),
    FactType("checkout_step_completed", "完成结算步骤", _STEP),
    FactType("payment_info_entered", "填写支付信息", _STEP),
    FactType("coupon_entered", "输入优惠券", _COUPON),
    FactType("coupon_applied", "优惠券生效", _COUPON),
    FactType("coupon_denied", "优惠券被拒", (*_COUPON, Property("reason", "text", "原因"))),
    FactType("coupon_removed", "取消优惠券", _COUPON),
    FactType("wishlist_added", "加入收藏", _PRODUCT),
    FactType("wishlist_removed", "取消收藏", _PRODUCT),
    FactType("wishlist_carted", "收藏加入购物车", _PRODUCT),
    FactType("product_shared", "分享商品", _PRODUCT),
    FactType("cart_shared", "分享购物车", ()),
    FactType(
        "product_reviewed",
        "评价商品",
        (
            Property("product_id", "text", "商品编号", column=True),
            Property("rating", "number", "评分", column=True),
            Property("review_body", "text", "评价内容"),
        ),
    ),
)
