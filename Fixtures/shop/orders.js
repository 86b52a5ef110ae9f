// The life of an order: in which regions it may be, and what may come in each.
machine("orders", 1, {
  initial: { status: "new" },
  key: e => e.data.order,

  on: {
    OrderPlaced: s => { s.status = "placed" },
    StockReserved: s => { s.status = "reserved" },
    ReservationReleased: s => { s.status = "cancelled" },
    OrderShipped: s => { s.status = "shipped" },
    OrderReturned: s => { s.status = "returned" },
  },
  ignore: ["PageViewed", "StockCounted"],

  regions: {
    of: s => s.status,
    moves: {
      "∅": { OrderPlaced: ["placed"] },
      placed: { StockReserved: ["reserved"], OrderShipped: "forbidden" },
      reserved: { OrderShipped: ["shipped"], ReservationReleased: ["cancelled"] },
      shipped: { OrderReturned: ["returned"], OrderShipped: "forbidden" },
      cancelled: { OrderShipped: "forbidden" },
    },
  },
})
