// Three services of a shop, each with a log and a state of its own, and what must hold of them together.
machine("services", 1, {
  logs: {
    orders: {
      initial: { open: {}, deploying: false },
      on: {
        OrderPlaced: (s, e) => { s.open[e.data.order] = "placed" },
        OrderConfirmed: (s, e) => { s.open[e.data.order] = "confirmed" },
        OrderCancelled: (s, e) => { delete s.open[e.data.order] },
        DeployBegan: s => { s.deploying = true },
        DeployEnded: s => { s.deploying = false },
      },
    },
    payments: {
      initial: { paid: {}, deploying: false },
      on: {
        PaymentTaken: (s, e) => { s.paid[e.data.order] = e.data.amount },
        PaymentRefunded: (s, e) => { delete s.paid[e.data.order] },
        DeployBegan: s => { s.deploying = true },
        DeployEnded: s => { s.deploying = false },
      },
    },
    stock: {
      initial: { held: {}, deploying: false },
      on: {
        StockHeld: (s, e) => { s.held[e.data.order] = e.data.sku },
        StockReleased: (s, e) => { delete s.held[e.data.order] },
        DeployBegan: s => { s.deploying = true },
        DeployEnded: s => { s.deploying = false },
      },
    },
  },

  invariants: {
    "a paid order holds stock": always(s =>
      Object.keys(s.payments.paid).every(order => order in s.stock.held)),

    "orders and stock are never down at once": never({
      orders: s => s.deploying,
      stock: s => s.deploying,
    }),
  },
})
