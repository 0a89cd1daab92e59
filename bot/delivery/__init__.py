"""@@PACKAGE bot/delivery"""
