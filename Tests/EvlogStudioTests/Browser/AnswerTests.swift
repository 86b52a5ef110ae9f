#if Studio && JavaScript
  import Foundation
  import ReplayTestSupport
  import SystemPackage
  import Testing

  extension BrowserTests {
    private var fixed: [String: String] {
      get throws {
        let shop = try String(
          contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Fixtures/shop/shop.js").standardizedFileURL, encoding: .utf8)
        return [
          "shop-new.js": shop.replacing(
            "i.available -= e.data.quantity",
            with: "i.available = Math.max(0, i.available - e.data.quantity)")
        ]
      }
    }

    /// Two machines compared, and one audited: every number is the command's.
    @Test(.timeLimit(.minutes(15))) func compareAndAuditAreTheCommands() async throws {
      try await ServedShop.with(machines: ["shop.js", "shop-new.js"], scripts: try fixed) { shop in
        try await Browser.with { browser in
          let compared: Answer.Comparison = try await shop.ask(
            "compare", "shop.evlog", "--machine", "shop.js", "--against", "shop-new.js")
          #expect(
            !compared.divergences.isEmpty && compared.invariants.contains { $0.change == "gone" })
          try await browser.open(shop.address + "&v=1&s=0&panel=compare")
          try await browser.click("studio-answers .answer button.primary", "Compare")
          try await browser.wait(for: "document.querySelector('.comparison')")
          try await browser.waitForAnswers()
          #expect(
            try await browser.texts(".comparison .invariant") == compared.invariants.map(\.name))
          #expect(try await browser.texts(".comparison .tag") == compared.invariants.map(\.change))
          #expect(
            try await browser.texts(".finding .to-episode")
              == compared.divergences.prefix(10).map {
                "[\(grouped($0.firstCut))–\($0.endCut.map(grouped) ?? "end"))"
              })
          #expect(
            try await browser.text("studio-answers .answer").contains(
              "\(grouped(compared.judgedThrough + 1)) cuts compared"))
          #expect(
            try await browser.text("studio-answers .command code")
              == "evlog compare shop.evlog --machine shop.js --against shop-new.js")

          let audit: Answer.Audit = try await shop.ask(
            "audit", "shop.evlog", "--machine", "shop.js")
          #expect(audit.deterministic)
          try await browser.click(".question", "Audit")
          try await browser.click("studio-answers .answer button.primary", "Audit")
          try await browser.wait(
            for: "document.querySelector('.answer .headline.holds')", seconds: 120)
          let text = try await browser.text("studio-answers .answer .headline")
          #expect(text.contains("Deterministic"))
          #expect(
            text.contains("\(grouped(audit.events)) events in \(audit.runs - 2) processes"),
            "\(text)")
          #expect(try await browser.complaints() == [])
        }
      }
    }

    /// An answer in a file opens without a server, and shows what the panel shows.
    @Test(.timeLimit(.minutes(15))) func answersInFilesOpenWithoutAServer() async throws {
      let of = ["shop.evlog", "--machine", "shop.js"]
      let files: [(name: String, arguments: [String], selector: String, part: String)] = [
        ("bisect", ["bisect"] + of, ".finding .headline", "first violated by event 7,777"),
        ("why", ["why"] + of, ".headline", "had written"),
        (
          "blame", ["blame", "shop.evlog", #"stock["A-7"].available"#, "--machine", "shop.js"],
          ".reason .tag", "last writer"
        ),
        ("minimise", ["minimise"] + of, ".headline", "7,778 → 2 events"),
        ("what-if", ["what-if"] + of + ["--drop", "7777"], ".comparison .tag", "other"),
        ("compare", ["compare"] + of + ["--against", "shop-new.js"], ".comparison .tag", "gone"),
        ("audit", ["audit"] + of + ["--to", "500"], ".headline", "Deterministic"),
        (
          "map", ["map", "shop.evlog", "--machine", "orders.js", "--probe"], ".map-headline",
          "of 30 cells unknown"
        ),
      ]
      try await ServedShop.with(scripts: try fixed) { shop in
        try await Browser.with { browser in
          for file in files {
            try await shop.run(file.arguments + ["--html", "\(file.name).html"])
            let address = URL(filePath: shop.folder.path.appending("\(file.name).html").string)
            for (theme, width) in [("light", 1280), ("dark", 390)] {
              try await browser.prefer(theme: theme)
              try await browser.resize(width, 800)
              try await browser.open("about:blank")
              try await browser.open(address.absoluteString)
              try await browser.wait(for: "document.querySelector('\(file.selector)')", seconds: 20)
              let texts = try await browser.texts(file.selector)
              #expect(
                texts.contains { $0.replacing("\n", with: " ").contains(file.part) },
                "\(file.name): \(texts)")
              try await expectNoDefects("file-\(file.name)-\(width)-\(theme)", browser)
            }
            #expect(try await browser.texts("a, .next") == [], "\(file.name)")
            #expect(
              try await browser.text("h1")
                == "evlog "
                + file.arguments.map { $0.contains("[") ? "'\($0)'" : $0 }
                .joined(separator: " "))
          }
          // A cell of the map in the file says what is known of it.
          try await browser.click(".cell[data-mark=unknown]")
          try await browser.wait(for: "document.querySelector('.evidence-probed')")
          #expect(try await browser.complaints() == [])
        }
      }
    }
  }
#endif
