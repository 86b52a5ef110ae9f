// The stock of a shop: what is available of each article, and what is reserved for which order.
machine("shop", 1, {
  initial: { stock: {} },

  on: {
    StockCounted: (s, e) => {
      item(s, e.data.sku).available = e.data.quantity
    },
    StockReserved: (s, e) => {
      const i = item(s, e.data.sku)
      i.available -= e.data.quantity
      i.reserved[e.data.order] = e.data.quantity
    },
    ReservationReleased: (s, e) => {
      const i = item(s, e.data.sku)
      i.available += i.reserved[e.data.order] ?? 0
      delete i.reserved[e.data.order]
    },
    OrderShipped: (s, e) => {
      delete item(s, e.data.sku).reserved[e.data.order]
    },
  },

  ignore: ["PageViewed", "OrderPlaced"],

  invariants: {
    "never oversell": every("stock", i => i.available >= 0),

    "only what is reserved is shipped": step((before, e, after) =>
      e.type !== "OrderShipped" || e.data.order in before.stock[e.data.sku].reserved),
  },
})

function item(s, sku) {
  return s.stock[sku] ??= { available: 0, reserved: {} }
}
