#if Studio && JavaScript
  import Foundation
  import Testing

  extension BrowserTests {
    /// A frontier of three logs: what makes it inconsistent, and the nearest cuts that are not, as the command says.
    @Test(.timeLimit(.minutes(15))) func cutsOfAGroupAreTheCommands() async throws {
      try await ServedShop.withServices { shop in
        try await Browser.with { browser in
          let typed = "orders=5,payments=7,stock=10"
          let checked: Answer.Cut = try await shop.ask("cut", "nearest", "services.group", typed)
          let edge = try #require(checked.edge)
          try await browser.open(shop.address + "&v=1&cut=\(typed)&panel=cuts")
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.violated')")
          let verdict = try await browser.text(".cut-verdict")
          #expect(verdict.contains("\(edge.effect.log)@\(edge.effect.offset)"))
          #expect(verdict.contains("\(edge.cause.log)@\(edge.cause.offset)"))
          #expect(try await frontier(browser) == checked.cut)
          #expect(try await shown(browser) == ["frontier violated", "1 offending", "red"])
          let address: String = try await browser.value("return location.hash")

          // Below, Back, above, and again after a reload.
          try await browser.click("studio-cuts button", "Snap below")
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.holds')")
          #expect(try await frontier(browser) == checked.below)
          try await browser.goBack()
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.violated')")
          #expect(try await frontier(browser) == checked.cut)
          #expect(try await browser.value("return location.hash") == address)
          try await browser.click("studio-cuts button", "Snap above")
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.holds')")
          #expect(try await frontier(browser) == checked.above)
          try await browser.reload()
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.holds')")
          #expect(try await frontier(browser) == checked.above)

          // The frontier is moved by keys, and by dragging it; the address follows.
          try await browser.open("about:blank")
          try await browser.open(shop.address + "&v=1&cut=\(typed)&panel=cuts")
          try await browser.wait(for: "document.querySelector('.cut-verdict .headline.violated')")
          let _: Bool = try await browser.value(
            "document.querySelector('.handle[data-log=payments]').focus(); return true")
          try await browser.press(Browser.Key.left)
          try await browser.wait(
            for: "decodeURIComponent(location.hash).includes('cut=orders=5,payments=6,stock=10')")
          let moved: Answer.Cut = try await shop.ask(
            "cut", "check", "services.group", "orders=5,payments=6,stock=10")
          try await browser.wait(
            for:
              "document.querySelector('.cut-verdict .headline.\(moved.consistent ? "holds" : "violated")')"
          )
          #expect(
            try await browser.value("return document.activeElement.dataset.log") == "payments")
          try await browser.drag(".handle[data-log=orders]", by: 44)
          try await browser.wait(
            for: "decodeURIComponent(location.hash).includes('cut=orders=6,payments=6,stock=10')")
          #expect(try await browser.complaints() == [])

          for theme in ["light", "dark"] {
            try await browser.prefer(theme: theme)
            for (width, height) in [(1280, 800), (390, 844)] {
              try await browser.resize(width, height)
              try await browser.open("about:blank")
              try await browser.open(shop.address + "&v=1&cut=\(typed)&panel=cuts")
              try await browser.wait(for: "document.querySelector('.cut-diagram .offending')")
              try await browser.waitForAnswers()
              try await expectNoDefects("group-cuts-\(width)-\(theme)", browser)
            }
          }
          #expect(try await browser.complaints() == [])
        }
      }
      // A single log has no such cuts.
      try await ServedShop.with { shop in
        try await Browser.with { browser in
          try await browser.open(shop.address + "&v=1&panel=cuts")
          try await browser.wait(for: "document.querySelector('.cut-verdict .empty')")
          let isHidden: Bool = try await browser.value(
            "return ![...document.querySelectorAll('studio-cuts button')].some(b => b.checkVisibility())"
          )
          #expect(isHidden)
        }
      }
    }

    /// The positions in the fields.
    private func frontier(_ browser: Browser) async throws -> [String: Int] {
      try await browser.value(
        """
        return Object.fromEntries([...document.querySelectorAll(".cut-fields input")]
          .map(input => [input.dataset.log, Number(input.value)]))
        """)
    }

    /// How the frontier and the edge that contradicts it are drawn.
    private func shown(_ browser: Browser) async throws -> [String] {
      try await browser.value(
        """
        const frontier = document.querySelector(".cut-diagram .frontier")
        const offending = [...document.querySelectorAll(".cut-diagram .offending")]
        const red = getComputedStyle(document.querySelector(".cut-diagram .frontier.violated")).stroke
        return [
          frontier.getAttribute("class"), `${offending.length} offending`,
          offending.every(edge => getComputedStyle(edge).stroke === red) ? "red" : "other",
        ]
        """)
    }
  }
#endif
