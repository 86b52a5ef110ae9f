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
        let page = try #require(Page.all[name == "index.html" ? "/" : "/studio/\(name)"], "\(name)")
        let file = Array(try Data(contentsOf: folder.appending(path: name)))
        // The index has links to all modules besides.
        let text = String(decoding: page.bytes, as: UTF8.self)
          .replacing(/<link rel="modulepreload" href="[^"]+">\n/, with: "")
        #expect(Array(text.utf8) == file, "\(name)")
        if name.hasSuffix(".js") {
          let index = String(decoding: try #require(Page.all["/"]).bytes, as: UTF8.self)
          #expect(index.contains("href=\"/studio/\(name)\""))
        }
      }
    }
  }
#endif
