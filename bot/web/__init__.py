"""@@PACKAGE bot/web"""
