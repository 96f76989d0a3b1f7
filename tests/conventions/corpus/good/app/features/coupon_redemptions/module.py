"""The module of coupons."""

from app.core.module import Module
from app.features.coupon_redemptions.router import router

module = Module(name="coupon_redemptions", router=router)
