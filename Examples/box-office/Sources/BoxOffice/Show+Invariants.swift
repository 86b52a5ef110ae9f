import Evlog

extension Show {
  public var invariants: [Invariant<Show>] {
    [
      .always("no more seats are reserved than there are") { $0.reserved <= $0.seats },
      .step("what is cancelled was reserved") { before, event, _, _ in
        guard case .cancelled(let reservation) = event else { return true }
        return before.reservations[reservation] != nil
      },
      .history("a reservation is made once", initial: Set<String>()) { made, _, event, _, _ in
        guard case .reserved(let reservation, _, _) = event else { return true }
        return made.insert(reservation).inserted
      },
    ]
  }
}
