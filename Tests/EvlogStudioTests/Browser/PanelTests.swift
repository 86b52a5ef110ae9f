#if Studio && JavaScript
  import Foundation
  import Testing

  extension BrowserTests {
    /// Every panel by day and by night, wide and narrow: nothing overflows, texts have contrast, what can be
    /// operated has a name, and the console is silent. EVLOG_SCREENSHOTS names a folder for pictures.
    @Test(.timeLimit(.minutes(15))) func everyPanelInBothThemes() async throws {
      try await ServedShop.with { shop in
        try await Browser.with { browser in
          for theme in ["light", "dark"] {
            try await browser.prefer(theme: theme)
            for (width, height) in [(1280, 800), (390, 844)] {
              try await browser.resize(width, height)
              for panel in panels {
                try await look(at: panel, "\(panel)-\(width)-\(theme)", shop, browser)
              }
            }
          }
        }
      }
    }

    private var panels: [String] {
      [
        "verdict", "why", "blame", "minimise", "what-if", "compare", "audit", "events", "moment",
        "map", "cuts", "tables", "notebook",
      ]
    }

    /// What is on a panel once it has its answer.
    private static let answers = [
      "verdict": ".finding", "why": ".reason", "blame": ".reason", "minimise": ".reason",
      "what-if": ".comparison", "events": ".event-row .type",
      "moment": ".node", "map": ".cell", "tables": ".grid td",
    ]

    private func look(at panel: String, _ name: String, _ shop: ServedShop, _ browser: Browser)
      async throws
    {
      let subject = panel == "map" ? 1 : 0
      let path = subject == 0 ? "&path=stock%5B%22A-7%22%5D.available" : ""
      try await browser.open("about:blank")
      try await browser.open(
        shop.address + "&v=1&s=\(subject)&cut=7778\(path)&panel=\(panel)")
      let answer = Self.answers[panel] ?? "studio-status"
      try await browser.wait(for: "document.querySelector('\(answer)')")
      try await browser.waitForAnswers()
      if panel == "map" {
        try await browser.click(".cell[data-mark=unknown]")
        try await browser.wait(for: "document.querySelector('.trend')")
      }
      try await expectNoDefects(name, browser)
    }

    /// Whatever is shown can be read and operated, and nothing complains; a picture of it is kept.
    func expectNoDefects(_ name: String, _ browser: Browser) async throws {
      if let folder = ProcessInfo.processInfo.environment["EVLOG_SCREENSHOTS"] {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
        try await browser.screenshot(
          to: URL(filePath: folder).appending(path: "\(name).png"))
      }
      let defects: [String] = try await browser.value(Self.findDefects)
      #expect(defects == [], "\(name)")
      #expect(try await browser.complaints() == [], "\(name)")
    }

    /// Names that were made to do harm are texts, and nothing else.
    @Test(.timeLimit(.minutes(15))) func hostileNamesAreTexts() async throws {
      let names = [
        "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "evil\u{202e}txt.exe",
        String(repeating: "x", count: 512), "\u{1b}[31mred\u{7}", "a\u{200b}b\u{2066}c",
      ]
      struct Line: Encodable {
        let stream: String
        let type: String
        let time: String
        let data: [String: String]
      }
      let encoder = JSONEncoder()
      let lines = try names.indices.map { index in
        let line = Line(
          stream: names[index], type: String(names[(index + 1) % names.count].prefix(200)),
          time: "2026-03-01T10:00:0\(index).000000000Z", data: [names[index]: names[index]])
        return String(decoding: try encoder.encode(line), as: UTF8.self)
      }
      let script = """
        machine("<b>hostile</b>", 1, {
          initial: { seen: {} },
          on: { "*": (s, e) => { s.seen[e.stream] = e.data } },
          invariants: { "<i>never</i> \\u202eevil": always(s => Object.keys(s.seen).length < 3) },
        })
        """
      try await ServedShop.with(
        lines: lines.joined(separator: "\n"), machines: ["hostile.js"],
        scripts: ["hostile.js": script]
      ) { shop in
        try await Browser.with { browser in try await lookAtHostileNames(shop, browser) }
      }
    }

    private func lookAtHostileNames(_ shop: ServedShop, _ browser: Browser) async throws {
      let markup = "return document.querySelectorAll('img, i:not(.mark i), u, script').length"
      for panel in ["verdict", "why", "minimise", "map", "tables", "moment"] {
        try await browser.open("about:blank")
        try await browser.open(shop.address + "&v=1&panel=\(panel)")
        try await browser.waitForAnswers()
        // The page's own two scripts.
        #expect(try await browser.value(markup) == 2)
        let text = try await browser.text("body")
        #expect(
          !text.contains("\u{202e}") && !text.contains("\u{200b}") && !text.contains("\u{1b}"))
        let defects: [String] = try await browser.value(Self.findDefects)
        #expect(defects == [], "\(panel)")
      }
      #expect(try await browser.texts(".event-row .stream").contains("evil\\u202etxt.exe"))
      #expect(try await browser.complaints() == [])
    }

    /// A script that lists texts with too little contrast (WCAG AA), controls without a name, and what is wider
    /// than the page.
    private static let findDefects = #"""
      const defects = []
      const isShown = element => {
        const box = element.getBoundingClientRect()
        return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true })
      }
      const parsed = colour => {
        const parts = colour.match(/[\d.]+/g).map(Number)
        const scale = colour.startsWith("color(") ? 255 : 1
        return [parts[0] * scale, parts[1] * scale, parts[2] * scale, parts[3] ?? 1]
      }
      const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1)
      const ancestors = element => {
        const all = []
        for (let at = element; at; at = at.parentElement) all.push(at)
        return all
      }
      const background = element => ancestors(element).reverse()
        .map(one => parsed(getComputedStyle(one).backgroundColor))
        .reduce((under, colour) => over(colour, under), [255, 255, 255, 1])
      const light = colour => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const part = colour[i] / 255
        return sum + weight * (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
      }, 0)
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      // What is about to be replaced is inactive.
      const exempt = ":disabled, .is-waiting, .unseen, option, svg, [aria-hidden=true]"
      while (texts.nextNode()) {
        const element = texts.currentNode.parentElement
        if (!texts.currentNode.textContent.trim() || !isShown(element) || element.closest(exempt)) continue
        const style = getComputedStyle(element)
        const under = background(element)
        const colour = parsed(style.color)
        for (const one of ancestors(element)) colour[3] *= Number(getComputedStyle(one).opacity)
        const [more, less] = [light(over(colour, under)), light(under)].sort((a, b) => b - a)
        const ratio = (more + 0.05) / (less + 0.05)
        const size = parseFloat(style.fontSize)
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
        if (ratio < (isLarge ? 3 : 4.5)) {
          defects.push(`contrast ${ratio.toFixed(2)}: ${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}`)
        }
      }
      const controls = "button, a[href], input, select, textarea, [role=slider], [role=button], [role=treeitem], [tabindex='0']"
      for (const element of document.querySelectorAll(controls)) {
        if (!isShown(element)) continue
        const name = element.getAttribute("aria-label") || element.textContent.trim()
          || element.labels?.[0]?.textContent || element.title
        if (!name) defects.push(`no name: ${element.tagName}.${element.className}`)
      }
      const width = document.documentElement.scrollWidth
      if (width > innerWidth) defects.push(`${width} pixels wide on ${innerWidth}`)
      return [...new Set(defects)]
      """#
  }
#endif
