#if Studio
  import Foundation
  import Testing

  @testable import EvlogStudio

  /// The page's files in the sources are those in the program, and are joined so that they are still the same page.
  struct PageFileTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/EvlogPages/Page").standardizedFileURL

    private static func names() throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .filter { $0.contains(".") }
    }

    private static func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    @Test func everyFileOfThePageIsInTheProgram() throws {
      let names = try Self.names()
      // Two files are joined from the others.
      #expect(names.count + 2 == Page.all.count)
      for name in names where name != "index.html" {
        let page = try #require(Page.all["/studio/\(name)"], "\(name)")
        #expect(page.text == (try Self.text(name)), "\(name)")
      }
    }

    @Test func thePageIsThreeFilesAndADarkTheme() throws {
      let index = try #require(Page.all["/"]).text
      let asked = index.matches(of: /(?:href|src)="(\/[^"]+)"/).map { String($0.1) }
      #expect(asked == ["/studio/page.css", "/studio/dark.css", "/studio/page.js"])
      let joined = try #require(Page.all["/studio/page.css"]).text
      let sheets = try Self.text("index.html").matches(of: /"stylesheet" href="\/studio\/([^"]+)">/)
      #expect(joined == (try sheets.map { try Self.text(String($0.1)) + "\n" }.joined()))
    }

    /// Each module is in the file once, after those that it imports, and with all but its imports and exports.
    @Test func modulesAreJoinedInTheirOrder() throws {
      let joined = try #require(Page.all["/studio/page.js"]).text
      let order = JoinedPage.order(Page.all)
      // The page of one answer is not a part of the studio.
      let modules = try Self.names().filter { $0.hasSuffix(".js") && $0 != "file/file.js" }
      #expect(Set(order) == Set(modules) && order.count == modules.count)
      var rest = joined[...]
      for name in order {
        let own =
          try Self.text(name).split(separator: "\n", omittingEmptySubsequences: false)
          .filter { !$0.hasPrefix("import ") }
          .map { $0.hasPrefix("export ") ? $0.dropFirst(7) : $0 }.joined(separator: "\n") + "\n"
        #expect(rest.hasPrefix(own), "\(name)")
        rest = rest.dropFirst(own.count)
      }
      #expect(rest.isEmpty)
    }

    /// What is joined shares a scope: no name is there twice, and none is given another name by an import.
    @Test func modulesCanShareAScope() throws {
      #expect(try Self.owners().count > 200)
    }

    /// The module of each name at the top of one.
    fileprivate static func owners() throws -> [String: String] {
      var owners: [String: String] = [:]
      for name in JoinedPage.order(Page.all) {
        for line in try Self.text(name).split(separator: "\n") {
          if line.hasPrefix("import ") {
            #expect(
              line.wholeMatch(of: /import (?:\{ [\w$, ]+ \} from )?"studio\/[\w\/.-]+"/) != nil
                && !line.contains(" as "), "\(name): \(line)")
          }
          guard
            let match = line.prefixMatch(
              of: /(?:export )?(?:async )?(?:function\*?|class|const|let) ([\w$]+)/)
          else {
            #expect(!line.hasPrefix("export "), "\(name): \(line)")
            continue
          }
          let owner = owners.updateValue(name, forKey: String(match.1))
          #expect(owner == nil, "\(match.1) is at the top of \(owner ?? "") and of \(name)")
        }
      }
      return owners
    }
  }

  extension BrowserTests {
    /// A name at the top of a module hides the browser's own from all modules, so no other module may mean that.
    @Test(.timeLimit(.minutes(15))) func namesAreNotTheBrowsers() async throws {
      let owners = try PageFileTests.owners()
      try await ServedShop.with(machines: ["shop.js"]) { shop in
        try await Browser.with { browser in
          try await browser.open(shop.address)
          let own: [String] = try await browser.value(
            "return Object.getOwnPropertyNames(window)")
          // Modules import the one, and none opens a window.
          #expect(Set(own).intersection(owners.keys).sorted() == ["focus", "open"])
        }
      }
    }
  }
#endif
