import BoxOffice
import Evlog
import EvlogTool

/// The box office's own verbs, and all of evlog's over its machine and its tables.
@main
enum Main {
  static func main() async {
    await EvlogTool.main(
      machines: [Show().program], projections: [Bookings()],
      commands: [Open.self, Reserve.self, Cancel.self, Shows.self, Customer.self])
  }
}
