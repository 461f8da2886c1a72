// swift-tools-version: 6.3
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// For loops that take most of the time of the tests in debug; only a root package may.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// The library next door; named, for its identity would else follow the folder's name.
func frugal(_ product: String) -> Target.Dependency {
  .product(name: product, package: "FrugalConv")
}

// Programs and tests live here, so that whoever links the library fetches and builds neither.
// `Tests` is a link to the tests beside the library's sources.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "FrugalConv", path: "../"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/ordo-one/TextTable", exact: "0.0.2"),
  ],
  targets: [
    .executableTarget(
      name: "convbench",
      dependencies: [
        frugal("FrugalConv"), frugal("FrugalFiles"), frugal("CKernels"), frugal("CBLASShim"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TextTable", package: "TextTable"),
      ],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "ReferenceKernels",
      dependencies: [frugal("FrugalConv")],
      path: "Tests/ReferenceKernels",
      swiftSettings: swiftSettings + optimised
    ),
    .target(name: "TestAllocator", path: "Tests/TestAllocator"),
    .testTarget(
      name: "FrugalConvTests",
      dependencies: [
        frugal("FrugalConv"), frugal("CKernels"), frugal("CBLASShim"), "ReferenceKernels",
        "TestAllocator",
      ],
      path: "Tests/FrugalConvTests",
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "FrugalLearningTests",
      dependencies: [frugal("FrugalLearning"), "ReferenceKernels"],
      path: "Tests/FrugalLearningTests",
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "FrugalFilesTests",
      dependencies: [frugal("FrugalFiles")],
      path: "Tests/FrugalFilesTests",
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "ConvbenchTests",
      dependencies: [
        "convbench", frugal("FrugalConv"), frugal("FrugalFiles"), "ReferenceKernels",
      ],
      path: "Tests/ConvbenchTests",
      swiftSettings: swiftSettings
    ),
  ],
  cLanguageStandard: .gnu17
)
