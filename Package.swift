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
let hummingbird = Target.Dependency.product(
  name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Studio"]))
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "evlog",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Evlog", targets: ["Evlog"]),
    .library(name: "EvlogStore", targets: ["EvlogStore", "EvlogContracts"]),
    .library(name: "EvlogComponents", targets: ["EvlogComponents"]),
    .library(name: "EvlogErasure", targets: ["EvlogErasure"]),
    .library(name: "EvlogService", targets: ["EvlogService"]),
    .library(name: "EvlogTesting", targets: ["EvlogTesting"]),
    .library(name: "EvlogScripting", targets: ["EvlogScripting"]),
    .library(name: "EvlogTool", targets: ["EvlogTool"]),
    .executable(name: "evlog", targets: ["evlog"]),
    .executable(name: "evlog-shop", targets: ["evlog-shop"]),
  ],
  traits: [
    .trait(
      name: "JavaScript",
      description: "Machines written in JavaScript, run by the system's JavaScriptCore."),
    .trait(
      name: "Studio",
      description: "The verb `studio`, which serves a page for the browser with Hummingbird."),
    .trait(
      name: "NATS",
      description: "Sources of the verb `mirror` in NATS JetStream, by the system's libnats."),
    .trait(
      name: "Postgres",
      description: "Imports from tables of PostgreSQL, by the system's client library."),
    .default(enabledTraits: ["JavaScript", "Studio", "NATS", "Postgres"]),
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
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(
      url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // The system's libraries.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(
      name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CJavaScriptCore", pkgConfig: "javascriptcoregtk-4.1",
      providers: [.apt(["libjavascriptcoregtk-4.1-dev"])]),
    .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),

    .systemLibrary(
      name: "CSQLiteSession", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // Checksums and the little that Swift cannot call.
    .target(name: "CEvlog"),

    // Events, and what is known of them without a file.
    .target(
      name: "EvlogCore", dependencies: ["CEvlog", "CXXHash"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // What the fields of each event type may be, and whether an event's bytes are so.
    .target(
      name: "EvlogContracts", dependencies: ["EvlogCore", "EvlogJSON"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // The log: the files that keep events.
    .target(
      name: "EvlogStore",
      dependencies: [
        "EvlogCore", "EvlogJSON", "EvlogContracts", "CEvlog", "CLZ4", systemPackage,
      ],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // For tests: a disk that fails and lies as real ones do, logs in memory, specifications.
    .target(
      name: "EvlogTesting",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogForensics", "EvlogTurns",
        "EvlogProjections", grdb,
        systemPackage,
      ],
      swiftSettings: settings),

    // Exact JSON, canonical texts, paths, what is different between two states.
    .target(
      name: "EvlogJSON", dependencies: ["EvlogCore", "CEvlog"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // Reducers, machines, what must hold of them, and what runs those in Swift.
    .target(
      name: "EvlogMachine", dependencies: ["EvlogCore", "EvlogJSON", "EvlogContracts", "CEvlog"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // Machines that are proven to a bound: locks, ledgers, queues and the like.
    .target(
      name: "EvlogComponents", dependencies: ["EvlogContracts", "EvlogMachine"],
      swiftSettings: settings),

    // The same in JavaScript, in the program itself.
    .target(name: "EvlogComponentScripts", exclude: ["Scripts"]),

    // Snapshots, and the engine that replays machines.
    .target(
      name: "EvlogReplay", dependencies: ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // What went wrong, where, and since when.
    .target(
      name: "EvlogForensics",
      dependencies: ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay"],
      swiftSettings: settings),

    // Several logs looked at together: causality, cuts, what holds in some run or in every one.
    .target(
      name: "EvlogCuts",
      dependencies: ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogReplay", systemPackage],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

    // Commands decided in checked turns.
    .target(
      name: "EvlogTurns",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
      ],
      swiftSettings: settings),

    // Read models in SQLite.
    .target(
      name: "EvlogProjections",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "CSQLiteSession",
        grdb, sqlite,
        systemPackage,
      ],
      swiftSettings: settings),

    // Every question, and every answer as a value.
    .target(
      name: "EvlogAnswers",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogContracts", "EvlogMachine", "EvlogReplay",
        "EvlogForensics", "EvlogCuts", "EvlogProjections", systemPackage,
      ],
      swiftSettings: settings),

    // Personal data that can be made unreadable.
    .target(
      name: "EvlogErasure",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", crypto,
        systemPackage,
      ],
      swiftSettings: settings),

    // Turns and projections in a service: logged, measured, traced, started and stopped with the rest.
    .target(
      name: "EvlogService",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogForensics", "EvlogTurns",
        "EvlogProjections", grdb,
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Instrumentation", package: "swift-distributed-tracing"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // All of the library for whoever builds a service, and its documentation.
    .target(
      name: "Evlog",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics", "EvlogTurns",
        "EvlogCuts", "EvlogProjections", "EvlogAnswers", "EvlogContracts",
      ],
      swiftSettings: settings),

    // Foreign bytes made into events, and recognised when they come again.
    .target(
      name: "EvlogSources",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogContracts", "CZlib", "CZstd", systemPackage,
      ],
      swiftSettings: settings),

    // Rows of other programs' databases, as they are at one moment.
    .target(
      name: "EvlogTables",
      dependencies: [
        "EvlogCore", "EvlogSources",
        .target(name: "CPostgres", condition: .when(traits: ["Postgres"])), grdb, sqlite,
      ],
      swiftSettings: settings),

    // Streams of engines, followed into a log and compared with it.
    .target(
      name: "EvlogEngines",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogSources",
        .target(name: "CNATS", condition: .when(traits: ["NATS"])),
      ],
      swiftSettings: settings),

    // Machines in JavaScript.
    .target(
      name: "EvlogScripting",
      dependencies: [
        "EvlogCore", "EvlogJSON", "EvlogContracts", "EvlogMachine", systemPackage,
        .target(name: "CJavaScriptCore", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),

    // The files of the studio's page, in the program itself.
    .target(name: "EvlogPages", exclude: ["Page"]),

    // The studio: every question, answered to a page in the browser.
    .target(
      name: "EvlogStudio",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
        "EvlogCuts", "EvlogProjections", "EvlogAnswers", "EvlogPages", crypto, hummingbird,
        subprocess, systemPackage,
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),

    // The command line, as a library and as the stock executable.
    .target(
      name: "EvlogTool",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
        "EvlogCuts", "EvlogProjections", "EvlogAnswers", "EvlogSources", "EvlogEngines",
        "EvlogTables", "EvlogPages", "EvlogComponentScripts", "EvlogContracts", "CEvlog", "CZlib",
        grdb,
        .target(name: "EvlogScripting", condition: .when(traits: ["JavaScript"])),
        .target(name: "EvlogStudio", condition: .when(traits: ["Studio"])),
        argumentParser, subprocess, systemPackage,
      ],
      swiftSettings: settings),
    .executableTarget(name: "evlog", dependencies: ["EvlogTool"], swiftSettings: settings),

    // An example: the same verbs over a machine compiled in Swift.
    .executableTarget(
      name: "evlog-shop", dependencies: ["EvlogCore", "EvlogMachine", "EvlogTool"],
      path: "Sources/evlog-shop", swiftSettings: settings),

    // Makes the events in Fixtures/shop.
    .executableTarget(name: "shop-events", path: "Tools/shop-events", swiftSettings: settings),

    // Crashes, and what a log must be after them.
    .target(
      name: "CrashTestSupport", dependencies: ["EvlogStore", "EvlogTesting", systemPackage],
      path: "Tests/CrashTestSupport", swiftSettings: settings),
    .executableTarget(
      name: "crash-runner", dependencies: ["CrashTestSupport", "EvlogStore", systemPackage],
      path: "Tools/crash-runner", swiftSettings: settings),

    // Makes the logs in Fixtures/logs.
    .executableTarget(
      name: "golden-logs", dependencies: ["EvlogStore", systemPackage], path: "Tools/golden-logs",
      swiftSettings: settings),

    // Contracts, and every door that a log with one has.
    .testTarget(
      name: "EvlogContractsTests",
      dependencies: [
        "EvlogCore", "EvlogJSON", "EvlogContracts", "EvlogStore", "EvlogMachine", "EvlogReplay",
        "EvlogTurns", "EvlogSources", "EvlogTesting", "ReplayTestSupport", systemPackage,
      ],
      exclude: ["compare.py"], swiftSettings: settings),
    // Components in both languages, and faults that their laws must catch.
    .testTarget(
      name: "EvlogComponentsTests",
      dependencies: [
        "EvlogComponents", "EvlogContracts", "EvlogCore", "EvlogJSON", "EvlogMachine",
        "EvlogReplay", "EvlogForensics", systemPackage,
        .target(name: "EvlogScripting", condition: .when(traits: ["JavaScript"])),
      ],
      exclude: ["enumerate.py"], swiftSettings: settings),
    .testTarget(
      name: "EvlogCoreTests", dependencies: ["EvlogCore", "EvlogTesting"], swiftSettings: settings),
    .testTarget(
      name: "EvlogStoreTests",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogTesting", "CrashTestSupport", "crash-runner", "CEvlog",
        subprocess,
        systemPackage,
      ],
      swiftSettings: settings),
    // Machines that are no pure functions, for the audit to find out.
    .executableTarget(
      name: "leaky-machines",
      dependencies: ["EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTool"],
      path: "Tests/leaky-machines", swiftSettings: settings),
    // Machines of the reference's table language, rendered to Swift.
    .executableTarget(
      name: "table-machines",
      dependencies: ["EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTool"],
      path: "Tests/table-machines", exclude: ["machines.json", "values.js"], swiftSettings: settings
    ),
    .executableTarget(
      name: "explored-machines",
      dependencies: ["EvlogMachine", "EvlogTool", "ReplayTestSupport"],
      path: "Tests/explored-machines", swiftSettings: settings),

    .testTarget(
      name: "EvlogToolTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTesting", "evlog", "evlog-shop",
        "leaky-machines",
        "explored-machines", "table-machines",
        grdb, subprocess,
        systemPackage,
      ],
      exclude: ["Golden"], swiftSettings: settings),
    .testTarget(
      name: "EvlogSourcesTests",
      dependencies: ["EvlogStore", "EvlogJSON", "EvlogSources", "EvlogTesting"],
      swiftSettings: settings),
    // Real servers, whose streams are mirrored.
    .testTarget(
      name: "EvlogEnginesTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogTesting", "EvlogAnswers", "evlog", systemPackage,
        .target(name: "CNATS", condition: .when(traits: ["NATS"])),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ArchitectureTests", swiftSettings: settings),

    // What the tests of machines share.
    .target(
      name: "ReplayTestSupport",
      dependencies: ["EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTesting", systemPackage],
      path: "Tests/ReplayTestSupport", swiftSettings: settings),
    .testTarget(
      name: "EvlogJSONTests",
      dependencies: ["EvlogStore", "EvlogJSON", "EvlogTesting", "ReplayTestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogReplayTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogTesting",
        "ReplayTestSupport",
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogTestingTests",
      dependencies: [
        "EvlogReplay", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTurns", "EvlogProjections",
        "EvlogTesting", grdb, systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogProjectionsTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogProjections",
        "EvlogTesting",
        "ReplayTestSupport", grdb,
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogServiceTests",
      dependencies: [
        "EvlogReplay", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogTurns", "EvlogProjections",
        "EvlogService", "EvlogTesting", "ReplayTestSupport", grdb, systemPackage,
        .product(name: "InMemoryLogging", package: "swift-log"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    // The schemas are made from the types of the answers, and what the command prints is validated.
    .testTarget(
      name: "EvlogAnswersTests",
      dependencies: [
        "EvlogReplay", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogForensics", "EvlogAnswers",

      ],
      exclude: ["validate.py"], swiftSettings: settings),
    // The studio, spoken to as a browser speaks to it.
    .testTarget(
      name: "EvlogStudioTests",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
        "EvlogCuts", "EvlogStudio", "EvlogTesting", "ReplayTestSupport", "evlog", subprocess,
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogErasureTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogTurns", "EvlogProjections",
        "EvlogErasure",
        "EvlogTesting",
        "ReplayTestSupport", grdb, systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogTurnsTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics", "EvlogTurns",
        "EvlogTesting",
        "ReplayTestSupport",
        systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogCutsTests",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogCuts", "EvlogTesting", "ReplayTestSupport", systemPackage,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogForensicsTests",
      dependencies: [
        "Evlog", "EvlogAnswers", "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine",
        "EvlogReplay",
        "EvlogForensics", "EvlogCuts",
        "EvlogTesting", "ReplayTestSupport", systemPackage,
        .target(name: "EvlogScripting", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EvlogScriptingTests",
      dependencies: [
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogTesting",
        "ReplayTestSupport",
        .target(name: "EvlogScripting", condition: .when(traits: ["JavaScript"])),
      ],
      swiftSettings: settings),

    // Machines over real events with known answers, which are kept outside of the project.
    .testTarget(
      name: "RealDataTests",
      dependencies: [
        "EvlogCore",
        "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics", "EvlogCuts",
        "EvlogAnswers", "EvlogProjections", "EvlogTesting",
        "EvlogSources", grdb,
        systemPackage,
        .target(name: "EvlogScripting", condition: .when(traits: ["JavaScript"])),
      ],
      exclude: ["Machines"], swiftSettings: settings),

    // What is true of bytes that others may have written: looked for by libFuzzer, and tried again
    // in every run of the tests.
    .target(
      name: "FuzzTestSupport",
      dependencies: [
        "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogTesting",
        "EvlogSources", systemPackage,
      ],
      path: "Tests/FuzzTestSupport", swiftSettings: settings),
    .testTarget(
      name: "FuzzTests", dependencies: ["EvlogStore", "FuzzTestSupport", systemPackage],
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
  // It needs no more than the disk, and so none of the modules that the rest is built on.
  for testing in package.targets where testing.name == "EvlogTesting" {
    testing.sources = ["Disk", "Seeded", "SanitizedMutex.swift"]
    testing.dependencies = ["EvlogCore", "EvlogStore", systemPackage]
  }
}

// `Tools/test` tests the examples here: as packages of their own, everything below them would be built once more.
// They see of evlog what every other package sees.
if Context.environment["EVLOG_EXAMPLE"] != nil {
  let boxOffice = "Examples/box-office"
  let services = "Examples/services"
  let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
  package.targets += [
    .target(
      name: "BoxOffice", dependencies: ["Evlog", grdb], path: "\(boxOffice)/Sources/BoxOffice",
      packageAccess: false),
    .executableTarget(
      name: "box-office",
      dependencies: ["BoxOffice", "Evlog", "EvlogTool", argumentParser, systemPackage],
      path: "\(boxOffice)/Sources/box-office", packageAccess: false),
    .testTarget(
      name: "BoxOfficeTests",
      dependencies: [
        "BoxOffice", "box-office", "Evlog", "EvlogComponents", "EvlogTesting", "EvlogErasure",
        "EvlogService",
        .product(name: "Logging", package: "swift-log"), serviceLifecycle, grdb, systemPackage,
      ],
      path: "\(boxOffice)/Tests/BoxOfficeTests", packageAccess: false),
    .target(
      name: "Rules", dependencies: ["Evlog"], path: "\(boxOffice)/Sources/Rules",
      packageAccess: false),
    .executableTarget(
      name: "seats", dependencies: ["Rules", "Evlog", "EvlogTool", argumentParser],
      path: "\(boxOffice)/Sources/seats", packageAccess: false),
    .testTarget(
      name: "SeatsTests", dependencies: ["seats"], path: "\(boxOffice)/Tests/SeatsTests",
      packageAccess: false),
    .target(
      name: "Shop", dependencies: ["Evlog", systemPackage], path: "\(services)/Sources/Shop",
      packageAccess: false),
    .executableTarget(
      name: "services",
      dependencies: ["Shop", "Evlog", "EvlogTool", argumentParser, systemPackage],
      path: "\(services)/Sources/services", packageAccess: false),
    .testTarget(
      name: "ShopTests", dependencies: ["Shop", "services", "Evlog", systemPackage],
      path: "\(services)/Tests/ShopTests", packageAccess: false),
  ]
}
