package io.narthex.api;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaEnumConstant;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.pf4j.ExtensionPoint;

/** House rules of the contract: what plugin authors are promised, held by the build. */
class ContractTest {
  private static final Path CLASSES = Path.of("target/classes");
  private static final Path SOURCES = Path.of("src/main/java");

  private static final JavaClasses CONTRACT = new ClassFileImporter().importPath(CLASSES);

  /** Extension points that ask for more than three methods besides their name, and why they may. */
  private static final Map<String, String> LARGE =
      Map.of(
          "io.narthex.api.command.Command",
          "four texts and run: each text is a constant, and --help needs all of them",
          "io.narthex.api.service.Role",
          "constants about the program that is stood in for, which no default would be true of");

  @Test
  void everyPublicTypeSaysHowStableItIs() {
    List<JavaClass> types =
        CONTRACT.stream()
            .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(c -> !c.getSimpleName().equals("package-info"))
            .toList();
    assertThat(types).hasSizeGreaterThan(80);
    for (JavaClass type : types) {
      assertThat(type.isAnnotatedWith(Api.class)).as("@Api on %s", type.getName()).isTrue();
      Map<String, Object> api = type.getAnnotationOfType(Api.class.getName()).getProperties();
      assertThat((String) api.get("since")).as(type.getName()).matches("[0-9]+\\.[0-9]+");
      assertThat(((JavaEnumConstant) api.get("status")).name())
          .as(type.getName())
          .isIn("STABLE", "EXPERIMENTAL");
    }
  }

  @Test
  void everyPublicTypeSaysSinceWhenItExists() throws IOException {
    Pattern top =
        Pattern.compile(
            "^public (?:(?:final|abstract|sealed|non-sealed) )*"
                + "(?:class|interface|record|enum|@interface) (\\w+)",
            Pattern.MULTILINE);
    int seen = 0;
    for (Path source : files(SOURCES, ".java")) {
      String text = Files.readString(source);
      Matcher m = top.matcher(text);
      if (!m.find()) {
        continue;
      }
      seen++;
      String javadoc = text.substring(0, m.start());
      Matcher since =
          Pattern.compile(
                  "@since ([0-9.]+)\\s+\\*/\\s+(?:@\\w+(?:\\([^)]*\\))?\\s+)*?@Api\\(since ="
                      + " \"([0-9.]+)\"")
              .matcher(javadoc);
      assertThat(since.find()).as("@since, then @Api, in %s", source).isTrue();
      assertThat(since.group(1)).as(source.toString()).isEqualTo(since.group(2));
    }
    assertThat(seen).isGreaterThan(80);
  }

  @Test
  void everyPackageIsNullMarkedAndDescribed() throws Exception {
    Set<String> packages =
        CONTRACT.stream()
            .map(JavaClass::getPackageName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(packages).hasSizeGreaterThan(15);
    for (String name : packages) {
      assertThat(Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class))
          .as("@NullMarked on %s", name)
          .isTrue();
      Path source = SOURCES.resolve(name.replace('.', '/')).resolve("package-info.java");
      assertThat(Files.readString(source)).as(source.toString()).startsWith("/**");
    }
  }

  @Test
  void nothingNeedsAPreviewOfJava() throws IOException {
    List<Path> compiled = files(CLASSES, ".class");
    assertThat(compiled).isNotEmpty();
    for (Path file : compiled) {
      byte[] head = Files.readAllBytes(file);
      // Bytes 4 and 5 are the minor version; 0xffff marks a class that uses previews.
      assertThat(head[4] << 8 | head[5]).as(file.toString()).isZero();
    }
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages("jdk..", "sun..", "com.sun..")
        .check(CONTRACT);
  }

  @Test
  void dependsOnWhatThePomListsAndNothingElse() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage("io.narthex.api..")
                .or(resideInAPackage("java.."))
                .or(resideInAPackage("com.fasterxml.jackson.annotation.."))
                .or(resideInAPackage("com.google.re2j.."))
                .or(resideInAPackage("io.prometheus.metrics.core.."))
                .or(resideInAPackage("io.prometheus.metrics.model.."))
                .or(resideInAPackage("jakarta.inject.."))
                .or(resideInAPackage("org.jspecify.annotations.."))
                .or(resideInAPackage("org.pf4j.."))
                .or(resideInAPackage("org.slf4j.."))
                // Arrays of primitives have no package.
                .or(resideInAPackage("")))
        .check(CONTRACT);
  }

  @Test
  void packagesHaveNoCircles() {
    slices().matching("io.narthex.api.(*)..").should().beFreeOfCycles().check(CONTRACT);
  }

  @Test
  void extensionPointsAskForLittle() {
    Map<String, Long> large = new TreeMap<>();
    int seen = 0;
    for (JavaClass type : CONTRACT) {
      if (!type.isInterface() || !type.isAssignableTo(ExtensionPoint.class)) {
        continue;
      }
      seen++;
      long methods =
          Stream.concat(Stream.of(type), type.getAllRawInterfaces().stream())
              .flatMap(t -> t.getMethods().stream())
              .filter(m -> m.getModifiers().contains(JavaModifier.ABSTRACT))
              .map(JavaMethod::getName)
              .filter(name -> !name.equals("name") && !name.equals("configType"))
              .count();
      if (methods > 3) {
        large.put(type.getName(), methods);
      }
    }
    assertThat(seen).isGreaterThan(12);
    assertThat(large).containsOnlyKeys(LARGE.keySet());
  }

  @Test
  void noStateIsShared() {
    fields().that().areStatic().should().beFinal().check(CONTRACT);
    for (JavaClass type : CONTRACT) {
      for (JavaField field : type.getFields()) {
        Set<JavaModifier> modifiers = field.getModifiers();
        boolean open =
            modifiers.contains(JavaModifier.STATIC) && !modifiers.contains(JavaModifier.PRIVATE);
        if (open && !modifiers.contains(JavaModifier.SYNTHETIC)) {
          JavaClass held = field.getRawType();
          boolean constant =
              held.isPrimitive()
                  || held.isEnum()
                  || held.isRecord()
                  || held.isEquivalentTo(String.class)
                  // Values that nobody can change.
                  || held.getPackageName().equals("java.time")
                  || (held.isInterface() && held.getPackageName().startsWith("io.narthex.api"));
          assertThat(constant).as(field.getFullName()).isTrue();
        }
      }
    }
  }

  private static List<Path> files(Path root, String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(p -> p.toString().endsWith(suffix)).sorted().toList();
    }
  }
}
