import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const service = process.env["HELIOGRAPH_URL"] ?? "http://127.0.0.1:8420";

export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: "../src/heliograph/web/page",
    emptyOutDir: true,
    target: "es2022",
    // The page's security policy allows no inline scripts or data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { "/api": service } },
});
