import Evlog

extension Show {
  /// What happened. The names of the cases are in the log for good.
  public enum Event: Codable, Sendable, Hashable {
    case opened(title: String, seats: Int)
    case reserved(reservation: String, customer: String, seats: Int)
    case cancelled(reservation: String)
  }

  /// A request for something to happen.
  public enum Command: Sendable {
    case open(title: String, seats: Int)
    case reserve(seats: Int, customer: String, reservation: String)
    case cancel(reservation: String)
  }

  /// Why it does not, in words for whoever wanted it.
  public enum Refusal: Error, Hashable, CustomStringConvertible {
    case alreadyOpen, noSuchShow, noSeats
    case noSuchReservation(String)

    public var description: String {
      switch self {
      case .alreadyOpen: "The show is open already."
      case .noSuchShow: "There is no such show."
      case .noSeats: "A reservation is for one seat at least."
      case .noSuchReservation(let reservation): "There is no reservation '\(reservation)'."
      }
    }
  }
}
