import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** One OpenSearch node with the k-NN plugin, on any free port of loopback, until its input ends. */
public final class KnnNode extends Node {
  private KnnNode(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node"),
        List.of(Netty4Plugin.class, CommonAnalysisPlugin.class, KNNPlugin.class),
        true);
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Files.createDirectories(home.resolve("config"));
    LogConfigurator.registerErrorListener();
    Settings settings = Settings.builder()
        .put("path.home", home)
        .put("cluster.name", "quartermaster-test")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", "0")
        .put("http.type", "netty4")
        .put("transport.port", "0")
        .put("transport.type", "netty4")
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
    try (KnnNode node = new KnnNode(settings)) {
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
