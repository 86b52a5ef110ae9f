import Foundation
import Testing

/// The targets that a `Package.swift` declares, as they are written there.
struct Manifest {
  struct Target {
    let name: String
    let kind: String
    let folder: String
    /// Targets of the package, and products of others.
    let dependencies: [String]
  }

  let targets: [Target]

  /// The packages of examples, and how many targets each has.
  static let examples = ["Examples/box-office": 6, "Examples/services": 3]

  init(of package: String = "") throws {
    let file = ArchitectureTests.root.appending(path: package).appending(path: "Package.swift")
    var source = try String(contentsOf: file, encoding: .utf8)
      .replacing(/\/\/[^\n]*/, with: "").replacing(/"[^"\n]*:\/\/[^"\n]*"/, with: "\"\"")
    for folder in source.matches(of: /let (\w+) = "(Examples\/[\w-]+)"/).map(\.output) {
      source = source.replacing("\\(\(folder.1))", with: folder.2)
    }
    let products = Dictionary(
      uniqueKeysWithValues: source.matches(
        of: /let (\w+) = Target\.Dependency\.product\(\s*name: "(\w+)"/
      ).map { (String($0.1), String($0.2)) })
    targets = source.matches(of: /\.(target|executableTarget|testTarget)\(\s*name: "([\w-]+)"/)
      .compactMap { match in
        let rest = Self.brackets(source[match.range.lowerBound...], "(", ")")
        // A dependency is written as a target is, but has neither dependencies nor settings.
        guard rest.contains("dependencies:") || rest.contains("swiftSettings") || rest.count < 40
        else { return nil }
        let name = String(match.2)
        let list = rest.firstRange(of: "dependencies:").map {
          Self.brackets(rest[$0.upperBound...], "[", "]")
        }
        let path = rest.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
        let folder = match.1 == "testTarget" ? "Tests" : "Sources"
        return Target(
          name: name, kind: String(match.1), folder: path ?? "\(folder)/\(name)",
          dependencies: Self.names(list ?? "", products))
      }
  }

  /// What is between the first bracket and the one that closes it.
  private static func brackets(_ source: Substring, _ open: Character, _ close: Character)
    -> Substring
  {
    guard let start = source.firstIndex(of: open) else { return "" }
    var depth = 0
    for i in source[start...].indices {
      if source[i] == open { depth += 1 }
      if source[i] == close { depth -= 1 }
      if depth == 0 { return source[start...i] }
    }
    return ""
  }

  /// Of `"A", .target(name: "B", …), .product(name: "C", package: …), d`.
  private static func names(_ list: Substring, _ products: [String: String]) -> [String] {
    let called = list.matches(of: /\.(?:target|product)\(\s*name: "([\w-]+)"/).map {
      String($0.1)
    }
    let plain = list.replacing(/\.(?:target|product)\((?:[^()]|\([^()]*\))*\)/, with: "")
    let quoted = plain.matches(of: /"([\w-]+)"/).map { String($0.1) }
    let unquoted = plain.replacing(/"[\w-]+"/, with: "").matches(of: /\w+/).compactMap {
      products[String($0.0)]
    }
    return called + quoted + unquoted
  }
}
