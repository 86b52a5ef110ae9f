import Foundation
import Testing

/// What the program says on the command line.
@Test func theProgramFindsTheRace() throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  func run(_ arguments: String) throws -> String {
    let process = Process()
    process.executableURL = programs.appending(path: "services")
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self) + "\(process.terminationStatus)"
  }

  #expect(
    try run("morning shop") == """
      45 events in shop/shop.group
      Not in every run: a paid order holds stock. It breaks at orders=7,payments=3,stock=4.
      An edge from payments@3 to stock@3 would forbid that.
        stock/order-3 held
        payments/order-3 taken
        stock/order-3 released
      Logs of these few are in shop/few: payments, stock.
      In every run, at most one order holds stock and is not open.
      0
      """)
  let bisect = "bisect --machine Shop --group"
  #expect(try run("\(bisect) shop/shop.group").hasSuffix("0"))
  #expect(try run("\(bisect) shop/few/shop.group").hasSuffix("1"))
  let found = try run("\(bisect) shop/shop.group --runs possibly")
  #expect(
    found.contains("missing     an edge from payments@3 refunded to stock@3 released: "), "\(found)"
  )
}
