import Crypto
import EvlogJSON
import EvlogPages

/// A file of the page, which is part of the program: no path of a request is ever opened.
struct Page: Sendable {
  let name: String
  let contentType: String
  let bytes: [UInt8]

  /// All of them, by the path under which they are served.
  static let all: [String: Page] = {
    var pages: [String: Page] = [:]
    for number in 0..<evlog_page_count() {
      let page = unsafe evlog_page_at(number)
      let bytes = unsafe Array(UnsafeBufferPointer(start: page.bytes, count: page.length))
      let name = unsafe String(cString: page.name)
      let type = unsafe String(cString: page.content_type)
      pages[name == "index.html" ? "/" : "/studio/\(name)"] = Page(
        name: name, contentType: type, bytes: bytes)
    }
    return pages.merging(JoinedPage(pages).files) { $1 }
  }()

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What the page may do: run its own scripts and the one import map that is written into it, be styled by its own
  /// sheets, ask its own server. Nothing else.
  static let policy: String = {
    let hashes = importMaps(all["/"]?.bytes ?? []).map { " 'sha256-\($0)'" }.joined()
    return "default-src 'none'; script-src 'self'\(hashes); style-src 'self'; connect-src 'self'; "
      + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }()

  /// The digests of the import maps in a page, in base64.
  private static func importMaps(_ html: [UInt8]) -> [String] {
    let text = String(decoding: html, as: UTF8.self)
    return text.split(separator: "<script type=\"importmap\">").dropFirst().map { part in
      let map = part.firstRange(of: "</script>").map { part[..<$0.lowerBound] } ?? part
      return Base64.encode(Array(SHA256.hash(data: Array(map.utf8)))[...])
    }
  }
}
