package org.elasticsearch.node;

import devnode.Analysis;
import devnode.DevPlugin;
import org.elasticsearch.bootstrap.BootstrapInfo;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.transport.netty4.Netty4Plugin;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Runs one real Elasticsearch node in this JVM: DevNode PORT HOME, where PORT may be a range (9200-9300) of which the
 * first free one is taken. For development and tests only: no security.
 * Prints "READY http://HOST:PORT" once it serves, and ends when its standard input closes, so it never outlives the
 * process that started it, however that one died.
 */
public final class DevNode extends Node {
    private static final long CLOSE_LIMIT_MS = 15_000;

    /** Kept for the JVM's life: a collected channel would let go of its lock. */
    private static FileLock onlyNode;

    private DevNode(Environment env) {
        super(NodeConstruction.prepareConstruction(env, null, new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment e, PluginsLoader ignored) {
                return new ClasspathPlugins(e, List.of(Netty4Plugin.class, DevPlugin.class, Analysis.class));
            }
        }, true));
    }

    public static void main(String[] args) {
        endWithStandardInput();
        try {
            run(args[0], Path.of(args[1]).toAbsolutePath());
        } catch (Throwable t) {
            // halt, because threads of a half-built node would keep this JVM alive
            t.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void run(String port, Path home) throws Exception {
        Files.createDirectories(home.resolve("config"));
        waitForEarlierNode(home.resolve("node.lock"));
        LogConfigurator.configureESLogging();
        BootstrapInfo.init();
        DevNode node = new DevNode(InternalSettingsPreparer.prepareEnvironment(settings(port, home), Map.of(), null, () -> "dev"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception e) {
                e.printStackTrace();
            }
        }));
        node.start();
        System.out.println("READY http://" + node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress());
        Thread.currentThread().join();
    }

    private static Settings settings(String port, Path home) {
        return Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("cluster.name", "dev")
            .put("node.name", "dev")
            .put("discovery.type", "single-node")
            // The serial collector leaves garbage until the heap is full: taken for memory in use, it had requests refused.
            .put("indices.breaker.total.use_real_memory", false)
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("node.processors", Math.min(2, Runtime.getRuntime().availableProcessors()))
            .build();
    }

    private static void endWithStandardInput() {
        Thread watcher = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                    // only the end of input means something
                }
            } catch (IOException e) {
                // a broken pipe is an end, too
            }
            haltIfClosingHangs();
            System.exit(0);
        }, "standard-input");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static void haltIfClosingHangs() {
        Thread watchdog = new Thread(() -> {
            try {
                Thread.sleep(CLOSE_LIMIT_MS);
            } catch (InterruptedException e) {
                return;
            }
            Runtime.getRuntime().halt(1);
        }, "close-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
    }

    /** The node of a killed parent may still be closing: this one waits, instead of failing on its data folder. */
    private static void waitForEarlierNode(Path file) throws IOException {
        onlyNode = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).lock();
    }
}
