import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node on loopback. Arguments: its home folder, and the HTTP port (0: any free one). It
 * prints "ready" and its address, and closes when its standard input ends: also when the process that
 * started it is killed.
 */
public final class OpenSearchNode extends Node {
  private static final List<Class<? extends Plugin>> PLUGINS =
      List.of(Netty4Plugin.class, CommonAnalysisPlugin.class);

  private OpenSearchNode(Settings settings) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node"), PLUGINS, true);
  }

  private static Settings settingsFor(Path home, String port) {
    return Settings.builder()
        .put("path.home", home)
        .put("cluster.name", "quartermaster-test")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", port)
        .put("http.type", "netty4")
        .put("transport.port", "0")
        .put("transport.type", "netty4")
        // The machine's own disk must not block writes, nor lift a block that a test sets.
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Files.createDirectories(home.resolve("config"));
    LogConfigurator.registerErrorListener();
    try (OpenSearchNode node = new OpenSearchNode(settingsFor(home, arguments[1]))) {
      node.start();
      var address = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress();
      System.out.println("ready http://" + address);
      while (System.in.read() >= 0) {
        // Whatever is written to it is ignored.
      }
    }
    System.exit(0);
  }
}
