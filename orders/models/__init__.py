from orders.models.orders import LineComponent, LineDiscount, Order, OrderLine, Refund, Shipment
from orders.models.oversales import Oversale
from orders.models.shops import Customer, Shop, ShopWarehouse

__all__ = [
    "Customer",
    "LineComponent",
    "LineDiscount",
    "Order",
    "OrderLine",
    "Oversale",
    "Refund",
    "Shipment",
    "Shop",
    "ShopWarehouse",
]
