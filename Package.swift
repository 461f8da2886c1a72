// swift-tools-version: 6.3
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  // The map views are spans with a shape: types of ours that carry a lifetime.
  .enableExperimentalFeature("Lifetimes"),
]

// Only for building the documentation, so that whoever links the library fetches nothing.
let documentation: [Package.Dependency] =
  Context.environment["FRUGALCONV_DOCUMENTATION"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")]

let package = Package(
  name: "FrugalConv",
  products: [
    .library(name: "FrugalConv", targets: ["FrugalConv"]),
    .library(name: "FrugalLearning", targets: ["FrugalLearning"]),
    .library(name: "FrugalFiles", targets: ["FrugalFiles"]),
    .library(name: "CBLASShim", targets: ["CBLASShim"]),
    .library(name: "CKernels", targets: ["CKernels"]),
  ],
  dependencies: documentation,
  targets: [
    .systemLibrary(
      name: "CBLASShim",
      path: "CBLASShim",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]
    ),
    .target(
      name: "CKernels",
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
    ),
    .target(
      name: "FrugalConv",
      dependencies: ["CBLASShim", "CKernels"],
      swiftSettings: swiftSettings
    ),
    // Apart from FrugalConv, whose users need not have LAPACKE.
    .target(
      name: "FrugalLearning",
      dependencies: ["FrugalConv", "CBLASShim"],
      swiftSettings: swiftSettings
    ),
    .target(name: "FrugalFiles", swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .gnu17
)
