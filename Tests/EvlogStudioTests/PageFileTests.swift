#if Studio
  import Foundation
  import Testing

  @testable import EvlogStudio

  /// The page's files in the sources are those in the program.
  struct PageFileTests {
    @Test func everyFileOfThePageIsInTheProgram() throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/EvlogPages/Page").standardizedFileURL
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .filter { $0.contains(".") }
      #expect(names.count == Page.all.count)
      for name in names {
        let page = Page.all[name == "index.html" ? "/" : "/studio/\(name)"]
        #expect(page?.bytes == Array(try Data(contentsOf: folder.appending(path: name))), "\(name)")
      }
    }
  }
#endif
