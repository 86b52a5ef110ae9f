import Evlog

extension Show {
  /// In the first season, a reservation was for one seat, and did not say so.
  public static let upcasters: [Upcaster] = [
    .upcast("reserved", from: 1) { data in
      .object([
        ("reservation", data["reservation"] ?? .null),
        ("customer", data["customer"] ?? .null),
        ("seats", .int(1)),
      ])
    }
  ]

  public var upcasters: [Upcaster] { Show.upcasters }
}
