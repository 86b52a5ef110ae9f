// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with; the same as in the package that is measured.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "evlog-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "evlog", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(
      url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // The system's libraries.
    .systemLibrary(name: "SystemLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(
      name: "SystemSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "SystemLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(
      name: "SystemRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
    .systemLibrary(
      name: "SystemJavaScriptCore", pkgConfig: "javascriptcoregtk-4.1",
      providers: [.apt(["libjavascriptcoregtk-4.1-dev"])]),

    // The events, and what all contestants share.
    .target(name: "CEvents", dependencies: ["SystemLZ4"]),

    // The least that a machine must do for each work.
    .target(name: "CLimit", dependencies: ["CEvents", "SystemLZ4"]),

    // SQLite, LMDB and RocksDB at the same works.
    .target(
      name: "CPeers", dependencies: ["CEvents", "SystemSQLite", "SystemLMDB", "SystemRocksDB"]),

    // The least that it takes to fold events into a state; C++ for simdjson's sake.
    .target(
      name: "CFold",
      dependencies: ["CEvents", "CLimit", "SystemLZ4", "SystemJavaScriptCore"],
      cxxSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("simdjson")]),

    // evlog at the same works, and the runner.
    .executableTarget(
      name: "evlog-bench",
      dependencies: [
        "CEvents", "CLimit", "CFold", "CPeers",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "EvlogScripting", package: "evlog"),
        .product(name: "EvlogTesting", package: "evlog"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Sources/EvlogBench",
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
  ],
  cxxLanguageStandard: .cxx17
)
