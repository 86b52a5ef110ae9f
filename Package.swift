// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is built with.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "evlog",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Evlog", targets: ["Evlog"]),
    .library(name: "EventLog", targets: ["EventLog"]),
    .library(name: "Replay", targets: ["Replay"]),
    .library(name: "Forensics", targets: ["Forensics"]),
    .library(name: "Projections", targets: ["Projections"]),
    .library(name: "Turns", targets: ["Turns"]),
    .library(name: "Erasure", targets: ["Erasure"]),
    .library(name: "EvlogService", targets: ["EvlogService"]),
    .library(name: "EvlogTesting", targets: ["EvlogTesting"]),
    .library(name: "Scripting", targets: ["Scripting"]),
    .library(name: "EvlogTool", targets: ["EvlogTool"]),
    .executable(name: "evlog", targets: ["evlog"]),
    .executable(name: "evlog-shop", targets: ["evlog-shop"]),
  ],
  traits: [
    .trait(
      name: "JavaScript",
      description: "Machines written in JavaScript, run by the system's JavaScriptCore."),
    .default(enabledTraits: ["JavaScript"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(
      url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // The system's libraries.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(
      name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CJavaScriptCore", pkgConfig: "javascriptcoregtk-4.1",
      providers: [.apt(["libjavascriptcoregtk-4.1-dev"])]),

    .systemLibrary(
      name: "CSQLiteSession", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // Checksums and the little that Swift cannot call.
    .target(name: "CEvlog"),

    // The log.
    .target(
      name: "EventLog", dependencies: ["CEvlog", "CLZ4", "CXXHash", systemPackage],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // For tests: a disk that fails and lies as real ones do, logs in memory, specifications.
    .target(
      name: "EvlogTesting",
      dependencies: [
        "EventLog", "Replay", "Forensics", "Turns", "Projections", grdb, systemPackage,
      ],
      swiftSettings: settings),

    // Reducers, machines, snapshots and the engine that replays them.
    .target(
      name: "Replay", dependencies: ["EventLog", "CEvlog", "CLZ4", systemPackage],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // What went wrong, where, and since when.
    .target(name: "Forensics", dependencies: ["EventLog", "Replay"], swiftSettings: settings),

    // Commands decided in checked turns.
    .target(
      name: "Turns", dependencies: ["EventLog", "Replay", "Forensics"], swiftSettings: settings),

    // Read models in SQLite.
    .target(
      name: "Projections",
      dependencies: ["EventLog", "Replay", "CSQLiteSession", grdb, sqlite, systemPackage],
      swiftSettings: settings),

    // Personal data that can be made unreadable.
    .target(
      name: "Erasure", dependencies: ["EventLog", "Replay", crypto, systemPackage],
      swiftSettings: settings),

    // Turns and projections in a service: logged, measured, traced, started and stopped with the rest.
    .target(
      name: "EvlogService",
      dependencies: [
        "EventLog", "Replay", "Forensics", "Turns", "Projections", grdb,
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Instrumentation", package: "swift-distributed-tracing"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // All of the library for whoever builds a service, and its documentation.
    .target(
      name: "Evlog", dependencies: ["EventLog", "Replay", "Forensics", "Turns", "Projections"],
      swiftSettings: settings),

    // Machines in JavaScript.
    .target(
      name: "Scripting",
      dependencies: [
        "EventLog", "Replay", systemPackage,
        .target(name: "CJavaScriptCore", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),

    // The command line, as a library and as the stock executable.
    .target(
      name: "EvlogTool",
      dependencies: [
        "EventLog", "Replay", "Forensics", "Projections", "CEvlog", "CZlib", grdb,
        .target(name: "Scripting", condition: .when(traits: ["JavaScript"])),
        argumentParser, subprocess, systemPackage,
      ],
      swiftSettings: settings),
    .executableTarget(name: "evlog", dependencies: ["EvlogTool"], swiftSettings: settings),

    // An example: the same verbs over a machine compiled in Swift.
    .executableTarget(
      name: "evlog-shop", dependencies: ["EvlogTool", "EventLog", "Replay"],
      path: "Sources/evlog-shop", swiftSettings: settings),

    // Makes the events in Fixtures/shop.
    .executableTarget(name: "shop-events", path: "Tools/shop-events", swiftSettings: settings),

    // Crashes, and what a log must be after them.
    .target(
      name: "CrashTestSupport", dependencies: ["EventLog", "EvlogTesting", systemPackage],
      path: "Tests/CrashTestSupport", swiftSettings: settings),
    .executableTarget(
      name: "crash-runner", dependencies: ["CrashTestSupport", "EventLog", systemPackage],
      path: "Tools/crash-runner", swiftSettings: settings),

    // Makes the logs in Fixtures/logs.
    .executableTarget(
      name: "golden-logs", dependencies: ["EventLog", systemPackage], path: "Tools/golden-logs",
      swiftSettings: settings),

    .testTarget(
      name: "EventLogTests",
      dependencies: [
        "EventLog", "EvlogTesting", "CrashTestSupport", "crash-runner", "CEvlog", subprocess,
        systemPackage,
      ],
      swiftSettings: settings),
    // Machines that are no pure functions, for the audit to find out.
    .executableTarget(
      name: "leaky-machines", dependencies: ["EvlogTool", "EventLog", "Replay"],
      path: "Tests/leaky-machines", swiftSettings: settings),
    // Machines of the reference's table language, rendered to Swift.
    .executableTarget(
      name: "table-machines", dependencies: ["EvlogTool", "EventLog", "Replay"],
      path: "Tests/table-machines", exclude: ["machines.json", "values.js"], swiftSettings: settings
    ),

    .testTarget(
      name: "EvlogToolTests",
      dependencies: [
        "EventLog", "Replay", "evlog", "evlog-shop", "leaky-machines", "table-machines", subprocess,
        systemPackage,
      ],
      exclude: ["Golden"], swiftSettings: settings),
    .testTarget(
      name: "ArchitectureTests", dependencies: ["EvlogTool"], swiftSettings: settings),

    // What the tests of machines share.
    .target(
      name: "ReplayTestSupport",
      dependencies: ["EventLog", "EvlogTesting", "Replay", systemPackage],
      path: "Tests/ReplayTestSupport", swiftSettings: settings),
    .testTarget(
      name: "ReplayTests",
      dependencies: ["EventLog", "Replay", "EvlogTesting", "ReplayTestSupport", systemPackage],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogTestingTests",
      dependencies: [
        "EventLog", "Replay", "Turns", "Projections", "EvlogTesting", grdb, systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ProjectionsTests",
      dependencies: [
        "EventLog", "Replay", "Projections", "EvlogTesting", "ReplayTestSupport", grdb,
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogServiceTests",
      dependencies: [
        "EventLog", "Replay", "Turns", "Projections", "EvlogService", "EvlogTesting",
        "ReplayTestSupport", grdb, systemPackage,
        .product(name: "InMemoryLogging", package: "swift-log"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ErasureTests",
      dependencies: [
        "EventLog", "Replay", "Turns", "Projections", "Erasure", "EvlogTesting",
        "ReplayTestSupport", grdb, systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "TurnsTests",
      dependencies: [
        "EventLog", "Replay", "Forensics", "Turns", "EvlogTesting", "ReplayTestSupport",
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ForensicsTests",
      dependencies: [
        "EventLog", "Replay", "Forensics", "EvlogTesting", "ReplayTestSupport", systemPackage,
        .target(name: "Scripting", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ScriptingTests",
      dependencies: [
        "EventLog", "Replay", "EvlogTesting", "ReplayTestSupport",
        .target(name: "Scripting", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),

    // Machines over real events with known answers, which are kept outside of the project.
    .testTarget(
      name: "RealDataTests",
      dependencies: [
        "EventLog", "Replay", "Forensics", "Projections", "EvlogTesting", "EvlogTool", grdb,
        systemPackage,
        .target(name: "Scripting", condition: .when(traits: ["JavaScript"])),
      ],
      exclude: ["Machines"], swiftSettings: settings),

    // What is true of bytes that others may have written: looked for by libFuzzer, and tried again
    // in every run of the tests.
    .target(
      name: "FuzzTestSupport",
      dependencies: ["EventLog", "EvlogTesting", "EvlogTool", "Replay", systemPackage],
      path: "Tests/FuzzTestSupport", swiftSettings: settings),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTestSupport", systemPackage],
      swiftSettings: settings),
  ]
)

// Only libFuzzer makes a program of this one: `Tools/fuzz` builds it, and everything below it, with
// the instruments that libFuzzer needs.
if Context.environment["EVLOG_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz-runner", dependencies: ["FuzzTestSupport", systemPackage],
      path: "Tools/fuzz-runner",
      swiftSettings: settings))
}
